import hashlib
import io
import logging
import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from chainercv_seg.utils.cache import download_path
from chainercv_seg.utils.download import cached_download, download_model, find_download
from chainercv_seg.utils.errors import DownloadError, WeightsError
from tests.special_files import SPECIAL_FILES, make_special_file, state


def npz():
    """An npz file."""
    buffer = io.BytesIO()
    np.savez(buffer, W=np.random.rand(100, 100))
    return buffer.getvalue()


CONTENT = npz()
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def url(file_server):
    return file_server.add('w.npz', CONTENT)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_downloaded_once_and_its_hash_told(file_server, url, cache_folder, caplog):
    with caplog.at_level(logging.WARNING, 'chainercv_seg'):
        path = download_model(url)
    assert path == cache_folder / 'w.npz'
    assert path.read_bytes() == CONTENT
    (line,) = caplog.messages
    assert all(part in line for part in ('unverified', str(path), SHA256, 'w.npz.sha256'))
    assert download_model(url) == path
    assert len(file_server.asked) == 1
    assert names(cache_folder) == ['w.npz', 'w.npz.sha256']


def test_the_hash_is_kept_as_sha256sum_writes_it(url, cache_folder):
    download_model(url)
    assert (cache_folder / 'w.npz.sha256').read_text() == f'{SHA256}  w.npz\n'


def test_the_file_is_checked_by_the_hash_of_the_first_download(url, cache_folder):
    path = download_model(url)
    path.write_bytes(npz())
    with pytest.raises(WeightsError, match=rf'expected the SHA-256 {SHA256} of .*w\.npz\.sha256'):
        download_model(url)
    (cache_folder / 'w.npz.sha256').unlink()
    assert download_model(url) == path


def test_a_second_download_is_checked_too(file_server, url, cache_folder):
    download_model(url).unlink()
    file_server.add('w.npz', npz())
    with pytest.raises(WeightsError, match=f'expected {SHA256}'):
        download_model(url)
    assert names(cache_folder) == ['w.npz.sha256']
    file_server.add('w.npz', CONTENT)
    assert download_model(url).read_bytes() == CONTENT


@pytest.mark.parametrize('note', ['', 'abc  w.npz', 'x' * 64, 'a' * 65])
def test_a_broken_note_of_the_hash_is_an_error(url, cache_folder, note):
    download_model(url)
    (cache_folder / 'w.npz.sha256').write_text(note)
    with pytest.raises(WeightsError, match=r'w\.npz\.sha256, found none.*Delete it'):
        download_model(url)


def test_hashes_in_capital_letters_are_the_same(url, cache_folder):
    path = download_model(url, sha256=SHA256.upper())
    assert download_model(url, sha256=SHA256.upper()) == path
    path.unlink()
    (cache_folder / 'w.npz.sha256').write_text(f'{SHA256.upper()} *w.npz\n')
    for _ in range(2):
        assert download_model(url) == path


def test_the_hash_is_recorded_before_the_file_is_in_its_place(
    file_server, url, cache_folder, monkeypatch
):
    def die(source, destination):
        if os.path.basename(destination) == 'w.npz' and 'download' not in str(destination):
            raise KeyboardInterrupt
        return real(source, destination)

    real = os.replace
    with monkeypatch.context() as patch:
        patch.setattr(os, 'replace', die)
        with pytest.raises(KeyboardInterrupt):
            download_model(url)
    assert not (cache_folder / 'w.npz').exists()
    assert (cache_folder / 'w.npz.sha256').read_text() == f'{SHA256}  w.npz\n'
    file_server.add('w.npz', npz())
    with pytest.raises(WeightsError, match=f'expected {SHA256}'):
        download_model(url)
    file_server.add('w.npz', CONTENT)
    assert download_model(url).read_bytes() == CONTENT
    assert names(cache_folder) == ['w.npz', 'w.npz.sha256']


@pytest.mark.skipif(sys.platform == 'win32', reason='needs FIFOs')
@pytest.mark.parametrize('kind', SPECIAL_FILES)
def test_what_is_no_regular_file_in_the_cache_is_named_and_stays(url, cache_folder, kind):
    before = make_special_file(cache_folder / 'w.npz', kind)
    with pytest.raises(WeightsError, match=rf'w\.npz.*{SPECIAL_FILES[kind]}'):
        download_model(url, sha256=SHA256)
    assert state(cache_folder / 'w.npz') == before
    cached = download_path(url)
    cached.parent.mkdir(parents=True)
    before = make_special_file(cached, kind)
    with pytest.raises(DownloadError, match=SPECIAL_FILES[kind]):
        cached_download(url)
    assert state(cached) == before


def test_the_next_address_is_tried(file_server, url, cache_folder):
    assert download_model([f'{file_server.url}/gone/w.npz', url]).read_bytes() == CONTENT
    assert len(file_server.asked) == 2


def test_a_file_of_another_hash_is_not_kept(url, cache_folder):
    with pytest.raises(WeightsError, match=r'put it at .*w\.npz.*hash'):
        download_model(url, sha256='0' * 64)
    assert list(cache_folder.iterdir()) == []


def test_a_file_of_the_right_hash_is_verified_in_silence(url, cache_folder, caplog):
    path = download_model(url, sha256=SHA256)
    assert 'unverified' not in caplog.text
    assert names(cache_folder) == ['w.npz']
    path.write_bytes(npz())
    with pytest.raises(WeightsError, match=f'expected the SHA-256 {SHA256}'):
        download_model(url, sha256=SHA256)


def test_every_failure_is_told(file_server, cache_folder):
    addresses = [f'{file_server.url}/gone.npz', 'http://127.0.0.1:9/gone.npz']
    with pytest.raises(WeightsError) as caught:
        download_model(addresses)
    assert all(address in str(caught.value) for address in addresses)
    assert '404' in str(caught.value)


def test_threads_that_want_the_same_file_download_it_once(file_server, url, cache_folder):
    threads = [threading.Thread(target=download_model, args=(url,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(file_server.asked) == 1


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        (b'\n<!DOCTYPE html><html>Not here</html>', 'but a web page: it is no npz file'),
        (CONTENT[:-50], 'it is no npz file, or is cut short'),
        (CONTENT[:1000] + bytes(100) + CONTENT[1100:], r'its part W\.npy is damaged'),
        (b'', 'it is no npz file'),
    ],
)
def test_what_is_no_sound_npz_is_not_kept(content, message, file_server, url, cache_folder):
    file_server.add('w.npz', content)
    with pytest.raises(WeightsError, match=message):
        download_model(url)
    assert names(cache_folder) == []
    file_server.add('w.npz', CONTENT)
    assert download_model(url).read_bytes() == CONTENT


def test_an_npz_that_says_to_hold_more_than_it_can_is_not_unpacked(file_server, url, cache_folder):
    size = (1 << 31).to_bytes(4, 'little')
    head = CONTENT.index(b'PK\1\2') + 24  # the unpacked size in the list of members
    file_server.add('w.npz', CONTENT[:head] + size + CONTENT[head + 4 :])
    with pytest.raises(WeightsError, match='it says to hold more than it can'):
        download_model(url)


def test_files_are_where_chainercv_has_them(file_server, url, cache_root):
    path = cached_download(url)
    assert path == str(cache_root / '_dl_cache' / hashlib.md5(url.encode()).hexdigest())
    assert cached_download(url) == path
    assert len(file_server.asked) == 1


def test_a_file_that_cannot_be_downloaded_is_an_os_error_as_in_chainercv(file_server, cache_root):
    with pytest.raises(OSError, match='HTTP status 404') as caught:
        cached_download(f'{file_server.url}/gone')
    assert isinstance(caught.value, DownloadError)


def test_what_is_in_the_cache_is_used_if_it_is_the_right_file(file_server, url, cache_root):
    other = download_path('http://127.0.0.1/other')
    other.parent.mkdir(parents=True)
    other.write_bytes(CONTENT)
    assert find_download([url, 'http://127.0.0.1/other'], sha256=SHA256.upper()) == other
    assert file_server.asked == []
    other.write_bytes(b'short')
    assert find_download([url, 'http://127.0.0.1/other'], size=len(CONTENT)) == download_path(url)


def start(call, url):
    """Start a process that downloads."""
    script = f'import sys; from chainercv_seg.utils import {call}; print({call}(sys.argv[1]))'
    return subprocess.Popen([sys.executable, '-c', script, url], stdout=subprocess.PIPE, text=True)


def test_eight_processes_that_want_the_same_file_download_it_once(file_server, url, cache_root):
    processes = [start('download_model', url) for _ in range(8)]
    paths = {process.communicate(timeout=60)[0].strip() for process in processes}
    assert paths == {str(cache_root / 'pfnet' / 'chainercv' / 'models' / 'w.npz')}
    assert len(file_server.asked) == 1
    assert download_model(url, sha256=SHA256).read_bytes() == CONTENT


def test_where_a_process_was_killed_another_goes_on(file_server, cache_root):
    content = os.urandom(1_000_000)
    url = file_server.add('file', content, hold=threading.Event())
    process = start('cached_download', url)
    parts = []
    while not parts or parts[0].stat().st_size < 400_000:  # the rest is held back
        assert process.poll() is None
        time.sleep(0.01)
        parts = list(download_path(url).parent.glob('.*.download/.part'))
    (part,) = parts
    process.kill()
    process.wait()
    length = part.stat().st_size
    file_server.files['file'].hold = None
    with open(cached_download(url), 'rb') as file:
        assert file.read() == content
    assert file_server.asked[1] == ('file', f'bytes={length}-')
    assert names(cache_root / '_dl_cache') == [download_path(url).name]
