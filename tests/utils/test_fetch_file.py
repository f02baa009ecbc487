import hashlib
import os
import re
import resource
import stat
import sys
import tempfile
from pathlib import Path

import pytest

from chainercv_seg.utils import fetch_file as module
from chainercv_seg.utils.errors import DownloadError
from chainercv_seg.utils.fetch_file import fetch_file
from tests.special_files import SPECIAL_FILES, make_special_file

CONTENT = os.urandom(300_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def path(tmp_path):
    return tmp_path / 'cache' / 'file.bin'


def in_a_child(prepare, work):
    """Run ``work`` in a process that ``prepare`` has changed for good; returns what it raised, as text."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            prepare()
            work()
            message = ''
        except BaseException as error:
            message = f'{type(error).__name__}: {error}'
        os.write(writer, message.encode())
        os._exit(0)
    os.close(writer)
    with open(reader) as file:
        message = file.read()
    os.waitpid(child, 0)
    return message


def test_a_mirror_comes_first(file_server, path, tmp_path, monkeypatch):
    (tmp_path / 'file.bin').write_bytes(CONTENT)
    monkeypatch.setenv('CHAINERCV_SEG_MIRROR', str(tmp_path))
    fetch_file([f'{file_server.url}/file.bin'], path, sha256=SHA256, size=len(CONTENT))
    assert path.read_bytes() == CONTENT
    assert file_server.asked == []
    assert os.listdir(path.parent) == ['file.bin']
    assert path.stat().st_mode == (tmp_path / 'file.bin').stat().st_mode


@pytest.mark.parametrize('mirrored', [None, b'other', b''])
def test_a_mirror_without_the_right_file_is_passed_over(
    mirrored, file_server, path, tmp_path, monkeypatch
):
    if mirrored is not None:
        (tmp_path / 'file.bin').write_bytes(mirrored)
    monkeypatch.setenv('CHAINERCV_SEG_MIRROR', str(tmp_path))
    fetch_file([file_server.add('file.bin', CONTENT)], path, sha256=SHA256)
    assert path.read_bytes() == CONTENT


def test_a_mirror_in_the_network_is_asked_first(file_server, path, monkeypatch):
    file_server.add('mirror/file.bin', CONTENT)
    monkeypatch.setenv('CHAINERCV_SEG_MIRROR', f'{file_server.url}/mirror/')
    fetch_file([f'{file_server.url}/file.bin'], path)
    assert [name for name, _ in file_server.asked] == ['mirror/file.bin']


def test_offline_nothing_is_asked_for_and_the_error_says_what_to_do(file_server, path, monkeypatch):
    monkeypatch.setenv('CHAINERCV_SEG_OFFLINE', '1')
    monkeypatch.setenv('CHAINERCV_SEG_MIRROR', f'{file_server.url}/mirror')
    with pytest.raises(DownloadError) as caught:
        fetch_file([file_server.add('file.bin', CONTENT)], path)
    for part in ('CHAINERCV_SEG_OFFLINE forbids the network', str(path), 'CHAINERCV_SEG_MIRROR'):
        assert part in str(caught.value)
    assert file_server.asked == []
    assert os.listdir(path.parent) == []


def test_offline_a_mirror_that_is_a_folder_works(path, tmp_path, monkeypatch):
    (tmp_path / 'file.bin').write_bytes(CONTENT)
    monkeypatch.setenv('CHAINERCV_SEG_MIRROR', str(tmp_path))
    fetch_file(['http://127.0.0.1:9/file.bin'], path)
    assert path.read_bytes() == CONTENT


def test_another_hash_is_an_error_and_the_next_try_starts_clean(file_server, path):
    url = file_server.add('file.bin', CONTENT[::-1])
    with pytest.raises(DownloadError, match=f'expected {SHA256}'):
        fetch_file([url], path, sha256=SHA256)
    assert os.listdir(path.parent) == []
    file_server.add('file.bin', CONTENT)
    fetch_file([url], path, sha256=SHA256)
    assert [wanted for _, wanted in file_server.asked] == [None, None]


def test_after_a_dropped_connection_the_next_call_goes_on(file_server, path):
    url = file_server.add('file.bin', CONTENT, drops=[200_000, 0, 0, 0])
    with pytest.raises(DownloadError, match='broke after 200000 bytes'):
        fetch_file([url], path)
    assert not path.exists()
    fetch_file([url], path, sha256=SHA256)
    assert sum(file_server.sent) == len(CONTENT)
    assert os.listdir(path.parent) == ['file.bin']


def test_the_next_address_starts_anew_and_the_old_part_is_not_mixed_in(file_server, path):
    urls = [
        file_server.add('a/file.bin', CONTENT[::-1], drops=[200_000, 0, 0, 0]),
        file_server.add('b/file.bin', CONTENT),
    ]
    fetch_file(urls, path, sha256=SHA256)
    assert file_server.asked[-1] == ('b/file.bin', None)


def test_what_a_check_refuses_is_not_kept(file_server, path):
    def check(file):
        assert file.read_bytes() == CONTENT
        raise ValueError('not what I want')

    with pytest.raises(DownloadError, match='it is not what it should be: not what I want'):
        fetch_file([file_server.add('file.bin', CONTENT)], path, check=check)
    assert os.listdir(path.parent) == []


def test_what_killed_processes_left_is_cleared_away(file_server, path):
    for middle in ('', '.0123456789abcdef', '.0123456789abcde0'):
        work = path.with_name(f'.file.bin{middle}.download')
        work.mkdir(parents=True)
        (work / 'tmp1234').touch()
        (work / 'file.bin').write_bytes(b'moved there, but not checked')
    fetch_file([file_server.add('file.bin', CONTENT)], path)
    assert path.read_bytes() == CONTENT
    assert os.listdir(path.parent) == ['file.bin']


@pytest.mark.skipif(sys.platform == 'win32', reason='needs links')
@pytest.mark.parametrize('middle', ['', '.0123456789abcdef'])
def test_a_link_in_the_place_of_the_work_folder_is_not_followed(file_server, path, middle):
    mine = path.with_name('mine')
    mine.mkdir(parents=True)
    (mine / 'tmp1234').touch()
    path.with_name(f'.file.bin{middle}.download').symlink_to(mine)
    fetch_file([file_server.add('file.bin', CONTENT)], path)
    assert os.listdir(mine) == ['tmp1234']


@pytest.mark.skipif(sys.platform == 'win32', reason='needs links and rights')
def test_what_others_can_have_planted_in_the_work_folder_is_not_followed(file_server, path):
    work = path.with_name('.file.bin.download')
    work.mkdir(parents=True)
    work.chmod(0o777)
    path.with_name('mine').write_bytes(b'mine')
    (work / '.part').symlink_to(path.with_name('mine'))
    fetch_file([file_server.add('file.bin', CONTENT)], path)
    assert path.with_name('mine').read_bytes() == b'mine'
    assert sorted(os.listdir(path.parent)) == ['file.bin', 'mine']


def test_nobody_else_can_put_anything_into_the_work_folder(file_server, path):
    url = file_server.add('file.bin', CONTENT, drops=[200_000, 0, 0, 0])
    with pytest.raises(DownloadError):
        fetch_file([url], path)
    (work,) = path.parent.iterdir()
    assert re.fullmatch(r'\.file\.bin\.[0-9a-f]{16}\.download', work.name)
    assert sys.platform == 'win32' or stat.S_IMODE(work.stat().st_mode) == 0o700


def test_a_hash_may_be_in_capital_letters(file_server, path):
    fetch_file([file_server.add('file.bin', CONTENT)], path, sha256=SHA256.upper())
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize('way', [{'endless': True}, {'length': 10**17}, {'length': 'many'}])
def test_a_source_without_end_is_passed_over(file_server, path, monkeypatch, way):
    monkeypatch.setenv('CHAINERCV_SEG_MAX_DOWNLOAD_BYTES', '1000000')
    urls = [file_server.add('a/file.bin', CONTENT, **way), file_server.add('b/file.bin', CONTENT)]
    fetch_file(urls, path)
    assert path.read_bytes() == CONTENT
    assert os.listdir(path.parent) == ['file.bin']


@pytest.mark.skipif(sys.platform == 'win32', reason='needs FIFOs')
@pytest.mark.parametrize('kind', SPECIAL_FILES)
def test_a_mirror_in_which_there_is_no_file_is_passed_over(
    file_server, path, tmp_path, monkeypatch, kind
):
    make_special_file(tmp_path / 'file.bin', kind)
    monkeypatch.setenv('CHAINERCV_SEG_MIRROR', str(tmp_path))
    fetch_file([file_server.add('file.bin', CONTENT)], path)
    assert path.read_bytes() == CONTENT


def test_a_mirror_with_a_file_that_is_too_large_is_passed_over(
    file_server, path, tmp_path, monkeypatch
):
    with (tmp_path / 'file.bin').open('wb') as file:
        file.truncate(1 << 40)  # sparse
    monkeypatch.setenv('CHAINERCV_SEG_MIRROR', str(tmp_path))
    fetch_file([file_server.add('file.bin', CONTENT)], path)
    assert path.read_bytes() == CONTENT


@pytest.mark.skipif(sys.platform == 'win32', reason='needs fork')
def test_a_full_disk_is_a_clear_error_and_the_next_try_starts_clean(file_server, path):
    url = file_server.add('file.bin', CONTENT)

    def fill():  # a write beyond this fails, as on a full disk
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    message = in_a_child(fill, lambda: fetch_file([url], path))
    assert message.startswith(f'DownloadError: {path} cannot be written: ')
    assert 'Free some space, or set CHAINER_DATASET_ROOT' in message
    assert os.listdir(path.parent) == []
    fetch_file([url], path)
    assert path.read_bytes() == CONTENT


@pytest.mark.skipif(sys.platform == 'win32', reason='needs fork')
def test_a_folder_that_cannot_be_written_is_a_clear_error(file_server):
    url = file_server.add('file.bin', CONTENT)
    with tempfile.TemporaryDirectory() as name:  # pytest's own is hidden from other users
        os.chmod(name, 0o555)

        def be_nobody():  # whom permissions hold back
            if os.geteuid() == 0:
                os.setuid(65534)

        message = in_a_child(
            be_nobody, lambda: fetch_file([url], Path(name) / 'cache' / 'file.bin')
        )
        assert message.startswith('DownloadError: ')
        assert 'cannot be written: [Errno 13] Permission denied' in message
        os.chmod(name, 0o755)


def test_an_error_of_the_disk_is_not_taken_for_one_of_the_address(file_server, path, monkeypatch):
    def fail(source, destination):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(module.os, 'replace', fail)
    urls = [file_server.add('file.bin', CONTENT), f'{file_server.url}/other']
    with pytest.raises(DownloadError, match='No space left on device'):
        fetch_file(urls, path)
    assert len(file_server.asked) == 1
