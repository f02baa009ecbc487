import json
import os
import shutil
import socket

import pytest

from chainercv_seg.utils import resuming_downloader
from chainercv_seg.utils.open_url import next_address
from chainercv_seg.utils.resuming_downloader import ResumingDownloader, SourceError, validator_of
from tests.file_server import etag

CONTENT = os.urandom(100_000)


@pytest.fixture
def part(tmp_path):
    return tmp_path / 'part'


@pytest.fixture
def download(part, tmp_path):
    """Downloads an address and returns what comes."""

    def run(url, **options):
        ResumingDownloader(part, **options)(url, str(tmp_path / 'whole'))
        assert [path.name for path in tmp_path.iterdir()] == ['whole']
        return (tmp_path / 'whole').read_bytes()

    return run


def ranges(file_server):
    return [wanted for _, wanted in file_server.asked]


def test_a_file_without_a_length_is_downloaded(file_server, download):
    assert download(file_server.add('f', CONTENT, chunked=True)) == CONTENT


def test_an_empty_file_is_downloaded(file_server, download):
    assert download(file_server.add('f', b'')) == b''


def test_an_interrupted_file_is_gone_on_with_by_the_next_process(
    file_server, part, download, monkeypatch
):
    monkeypatch.setattr(resuming_downloader, 'PAUSES', ())
    url = file_server.add('f', CONTENT, drops=[40_000])
    with pytest.raises(SourceError, match='the connection broke after 40000 bytes'):
        download(url)
    assert part.read_bytes() == CONTENT[:40_000]
    assert download(url) == CONTENT
    assert ranges(file_server) == [None, 'bytes=40000-']
    assert sum(file_server.sent) == len(CONTENT)


@pytest.mark.parametrize('way', ['no ranges', 'no etag', 'another file', 'another address'])
def test_what_may_be_of_another_file_is_not_gone_on_with(way, file_server, download, monkeypatch):
    monkeypatch.setattr(resuming_downloader, 'PAUSES', ())
    options = {'no ranges': {'ranges': False}, 'no etag': {'etag': False}}.get(way, {})
    url = file_server.add('f', CONTENT[::-1], drops=[40_000], **options)
    with pytest.raises(SourceError):
        download(url)
    name = 'g' if way == 'another address' else 'f'
    assert download(file_server.add(name, CONTENT, **options)) == CONTENT
    assert file_server.sent == [40_000, len(CONTENT)]


@pytest.mark.parametrize(
    'facts',
    [
        '',
        '{"url": 3',
        '[]',
        'null',
        '{"url": "else"}',
        '{"url": "URL"}',
        '{"url": "URL", "validator": 3, "total": 4}',
        '{"url": "URL", "validator": "x", "total": "4"}',
    ],
)
def test_a_broken_note_means_a_new_start(facts, file_server, part, download):
    url = file_server.add('f', CONTENT)
    part.write_bytes(b'half')
    part.with_name('part.json').write_text(facts.replace('URL', url))
    assert download(url) == CONTENT
    assert ranges(file_server) == [None]


def test_what_was_complete_when_the_process_was_killed_is_not_asked_for_again(
    file_server, part, download
):
    url = file_server.add('f', CONTENT)
    part.write_bytes(CONTENT)
    facts = {'url': url, 'validator': '"x"', 'total': len(CONTENT)}
    part.with_name('part.json').write_text(json.dumps(facts))
    assert download(url) == CONTENT
    assert file_server.asked == []


def test_a_part_that_is_too_long_means_a_new_start(file_server, part, download):
    url = file_server.add('f', CONTENT)
    part.write_bytes(CONTENT + b'more')
    facts = {'url': url, 'validator': etag(CONTENT), 'total': None}
    part.with_name('part.json').write_text(json.dumps(facts))
    assert download(url) == CONTENT
    assert ranges(file_server) == ['bytes=100004-', None]


def test_pauses_grow_until_something_comes(file_server, download, monkeypatch):
    slept = []
    monkeypatch.setattr(resuming_downloader, 'PAUSES', (1, 2, 4))
    monkeypatch.setattr(resuming_downloader.time, 'sleep', slept.append)
    url = file_server.add('f', CONTENT, statuses=[503, 429, 500], drops=[10, 0, 0])
    assert download(url) == CONTENT
    # Three errors; then the first bytes, after which it starts again; then twice nothing.
    assert slept == [1, 2, 4, 1, 2, 4]


def test_it_gives_up_when_nothing_more_comes(file_server, download, monkeypatch):
    slept = []
    monkeypatch.setattr(resuming_downloader.time, 'sleep', slept.append)
    url = file_server.add('f', CONTENT, drops=[10] + [0] * 10)
    with pytest.raises(SourceError, match='broke after 10 bytes'):
        download(url)
    assert slept == list(resuming_downloader.PAUSES)


@pytest.mark.parametrize('status', [400, 401, 403, 404, 410])
def test_what_will_not_pass_is_not_tried_again(status, file_server, download):
    url = file_server.add('f', CONTENT, statuses=[status])
    with pytest.raises(SourceError, match=f'HTTP status {status}'):
        download(url)
    assert len(file_server.asked) == 1


@pytest.mark.parametrize('url', ['ftp://127.0.0.1/f', 'http://', 'http://127.0.0.1:99999/f'])
def test_an_address_that_is_none_is_not_tried_again(url, download, monkeypatch):
    monkeypatch.setattr(resuming_downloader.time, 'sleep', lambda _: pytest.fail('tried again'))
    with pytest.raises(SourceError):
        download(url)


def test_a_server_that_is_not_there_is_named_in_few_words(file_server, download):
    with pytest.raises(SourceError, match=r'^Failed to establish a new connection: .* refused$'):
        download('http://127.0.0.1:9/f')


def test_another_size_is_an_error_before_the_download(file_server, download):
    url = file_server.add('f', CONTENT)
    with pytest.raises(SourceError, match='expected 5 bytes, but the server has 100000'):
        download(url, size=5)


@pytest.mark.parametrize('lie', [{'chunked': True}, {'length': 5}])
def test_a_server_that_lies_about_the_size_is_found_out(lie, file_server, part, download):
    size = 7 if 'chunked' in lie else len(CONTENT)
    with pytest.raises(SourceError, match=f'expected {size} bytes, but'):
        download(file_server.add('f', CONTENT, **lie), size=size)
    assert not part.exists()


def test_a_server_that_promises_more_than_it_has_is_found_out(file_server, download):
    with pytest.raises(SourceError):
        download(file_server.add('f', CONTENT, length=len(CONTENT) + 100))


def test_a_full_disk_is_noticed_before_the_download(file_server, part, download, monkeypatch):
    usage = shutil.disk_usage(part.parent)._replace(free=len(CONTENT) - 1)
    monkeypatch.setattr(shutil, 'disk_usage', lambda _: usage)
    url = file_server.add('f', CONTENT)
    with pytest.raises(OSError, match='100000 bytes are needed, but 99999 free'):
        download(url, size=len(CONTENT))
    with pytest.raises(SourceError, match='100000 bytes, too many for the disk, of which 99999'):
        download(url)
    assert not part.exists()


@pytest.mark.parametrize('length', [10**17, 10**30, '1' * 5000, '100000, 7', '-1', '\xb2', '1e5'])
def test_an_absurd_length_ends_the_source(file_server, part, download, length):
    with pytest.raises(SourceError, match=r'it says to have|multiple unmatching'):
        download(file_server.add('f', CONTENT, length=length))
    assert not part.exists()


def test_a_length_that_is_said_twice_is_a_length(file_server, download):
    url = file_server.add('f', CONTENT, length='100000, 100000')
    assert download(url) == CONTENT


def test_an_endless_body_ends_at_the_limit_and_leaves_nothing(
    file_server, part, download, monkeypatch
):
    url = file_server.add('f', CONTENT, endless=True)
    monkeypatch.setenv('CHAINERCV_SEG_MAX_DOWNLOAD_BYTES', '500000')
    with pytest.raises(SourceError, match='expected 500000 bytes at most, but there are more'):
        download(url)
    with pytest.raises(SourceError, match='expected 7 bytes, but there are more'):
        download(url, size=7)
    monkeypatch.delenv('CHAINERCV_SEG_MAX_DOWNLOAD_BYTES')
    usage = shutil.disk_usage(part.parent)._replace(free=1_000_000)
    monkeypatch.setattr(shutil, 'disk_usage', lambda _: usage)
    with pytest.raises(SourceError, match='expected 900000 bytes at most'):
        download(url)
    assert not part.exists()


def test_the_limit_of_a_download_of_unknown_size_can_be_raised(file_server, download, monkeypatch):
    url = file_server.add('f', CONTENT)
    monkeypatch.setenv('CHAINERCV_SEG_MAX_DOWNLOAD_BYTES', '99999')
    with pytest.raises(SourceError, match=r'more than 99999: .*MAX_DOWNLOAD_BYTES to more'):
        download(url)
    assert download(url, size=100_000) == CONTENT
    monkeypatch.setenv('CHAINERCV_SEG_MAX_DOWNLOAD_BYTES', '100000')
    assert download(url) == CONTENT


def test_the_rest_of_a_file_is_no_longer_than_it_was_said_to_be(
    file_server, part, download, monkeypatch
):
    monkeypatch.setattr(resuming_downloader, 'PAUSES', ())
    url = file_server.add('f', CONTENT, drops=[40_000])
    with pytest.raises(SourceError):
        download(url)
    file_server.files['f'].endless = True
    with pytest.raises(SourceError, match='expected 100000 bytes, but there are more'):
        download(url)
    assert not part.exists()


def test_redirects_are_followed(file_server, download):
    file_server.add('f', CONTENT)
    url = file_server.add('g', b'', redirect='/f')
    assert download(file_server.add('h', b'', redirect=url)) == CONTENT


@pytest.mark.parametrize('target', ['/loop', 'ftp://127.0.0.1/f', 'http://[', 'file:///etc/passwd'])
def test_redirects_that_lead_nowhere_end_the_source(file_server, download, monkeypatch, target):
    monkeypatch.setattr(resuming_downloader.time, 'sleep', lambda _: pytest.fail('tried again'))
    with pytest.raises(SourceError):
        download(file_server.add('loop', b'', redirect=target))


@pytest.mark.parametrize('target', ['http://127.0.0.1:1/', 'ftp://', 'http://[', '//'])
def test_of_a_long_answer_the_message_has_a_part(file_server, download, monkeypatch, target):
    monkeypatch.setattr(resuming_downloader, 'PAUSES', ())
    with pytest.raises(SourceError) as error:
        download(file_server.add('loop', b'', redirect=target + 'a.' * 20_000))
    assert len(str(error.value)) < 600


def test_the_body_of_a_redirect_is_not_read(file_server, download):
    file_server.add('f', CONTENT)
    assert download(file_server.add('g', b'x' * 1000, endless=True, redirect='/f')) == CONTENT


@pytest.mark.parametrize(
    ('url', 'target', 'leads'),
    [
        ('https://a/f', '/g', 'https://a/g'),
        ('https://a/f', 'https://b/g', 'https://b/g'),
        ('HTTPS://a/f', '//b/g', 'HTTPS://b/g'),
        ('http://a/f', 'https://b/g', 'https://b/g'),
        ('http://a/f', 'http://b/g', 'http://b/g'),
        ('https://a/f', 'http://a/f', None),
        ('https://a/f', 'HTTP://a/f', None),
        ('HTTPS://a/f', 'http://b', None),
        ('https://a/f', 'ftp://a/f', None),
    ],
)
def test_https_is_not_left(url, target, leads):
    if leads is None:
        with pytest.raises(SourceError, match='it leads from https to'):
            next_address(url, target)
    else:
        assert next_address(url, target).lower() == leads.lower()


@pytest.mark.parametrize(
    ('headers', 'validator'),
    [
        ({'ETag': '"a"', 'Last-Modified': 'then'}, '"a"'),
        ({'ETag': 'W/"a"', 'Last-Modified': 'then'}, 'then'),
        ({'ETag': 'W/"a"'}, None),
        ({}, None),
    ],
)
def test_a_weak_etag_does_not_say_that_a_file_is_the_same(headers, validator):
    assert validator_of(headers) == validator


def test_a_progress_bar_is_shown_on_a_terminal_only(file_server, download, capsys):
    download(file_server.add('f', CONTENT))
    assert capsys.readouterr().err == ''


def test_the_progress_bar_starts_where_the_download_does(file_server, download, monkeypatch):
    bars = []

    class Bar:
        def __init__(self, **options):
            bars.append([options['initial'], options['total'], options['disable']])

        def __enter__(self):
            return self

        def __exit__(self, *error):
            pass

        def update(self, n):
            bars[-1][0] += n

    monkeypatch.setattr('tqdm.tqdm', Bar)
    monkeypatch.setenv('CHAINERCV_DOWNLOAD_REPORT', 'OFF')
    download(file_server.add('f', CONTENT, drops=[30_000]))
    assert bars == [[30_000, 100_000, True], [100_000, 100_000, True]]


@pytest.mark.parametrize('proxy', [None, 'http://no-proxy.invalid:3128'])
def test_a_name_without_an_address_is_tried_once_more_and_no_oftener(
    file_server, download, monkeypatch, proxy
):
    asked = []

    def unknown(host, *_, **__):
        asked.append(host)
        raise socket.gaierror(socket.EAI_NONAME, 'Name or service not known')

    monkeypatch.setattr(socket, 'getaddrinfo', unknown)
    if proxy:
        monkeypatch.setenv('http_proxy', proxy)
    with pytest.raises(SourceError, match='Name or service not known'):
        download('http://no-host.invalid/f')
    assert asked == ['no-proxy.invalid' if proxy else 'no-host.invalid'] * 2


def test_a_name_that_has_an_address_again_is_gone_on_with(file_server, download, monkeypatch):
    find, asked = socket.getaddrinfo, []

    def unknown_at_first(host, *rest, **others):
        asked.append(host)
        if len(asked) == 1:
            raise socket.gaierror(socket.EAI_AGAIN, 'Temporary failure in name resolution')
        return find(host, *rest, **others)

    monkeypatch.setattr(socket, 'getaddrinfo', unknown_at_first)
    assert download(file_server.add('f', CONTENT)) == CONTENT


def test_a_connection_that_is_refused_is_tried_as_often_as_others(
    file_server, download, monkeypatch
):
    slept = []
    monkeypatch.setattr(resuming_downloader.time, 'sleep', slept.append)
    with pytest.raises(SourceError, match='refused'):
        download('http://127.0.0.1:9/f')
    assert slept == list(resuming_downloader.PAUSES)
