import functools
import hashlib
import http.server
import logging
import threading

import pytest

from chainercv_seg.utils.download import download_model
from chainercv_seg.utils.errors import WeightsError

CONTENT = b'weights' * 1000


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A web server on this machine with one file; yields its address and what was asked for."""
    monkeypatch.setenv('NO_PROXY', '127.0.0.1')
    monkeypatch.setenv('no_proxy', '127.0.0.1')
    folder = tmp_path / 'www'
    folder.mkdir()
    (folder / 'w.npz').write_bytes(CONTENT)
    asked = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format, *args):
            asked.append(args)

    handler = functools.partial(Handler, directory=folder)
    with http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f'http://127.0.0.1:{server.server_port}', asked
        server.shutdown()


def test_a_file_is_downloaded_once_and_its_hash_told(server, cache_folder, caplog):
    url, asked = server
    with caplog.at_level(logging.WARNING, 'chainercv_seg'):
        path = download_model(f'{url}/w.npz')
    assert path == cache_folder / 'w.npz'
    assert path.read_bytes() == CONTENT
    assert [r for r in caplog.messages if 'unverified' in r and str(path) in r]
    assert download_model(f'{url}/w.npz') == path
    assert len(asked) == 1
    assert [p.name for p in cache_folder.iterdir()] == ['w.npz']


def test_the_next_address_is_tried(server, cache_folder):
    url, asked = server
    assert download_model([f'{url}/gone/w.npz', f'{url}/w.npz']).read_bytes() == CONTENT
    assert len(asked) >= 2


def test_a_file_of_another_hash_is_not_kept(server, cache_folder):
    url, _ = server
    with pytest.raises(WeightsError, match=r'put it at .*w\.npz.*hash'):
        download_model(f'{url}/w.npz', sha256='0' * 64)
    assert list(cache_folder.iterdir()) == []


def test_a_file_of_the_right_hash_is_verified_in_silence(server, cache_folder, caplog):
    url, _ = server
    download_model(f'{url}/w.npz', sha256=hashlib.sha256(CONTENT).hexdigest())
    assert 'unverified' not in caplog.text


def test_every_failure_is_told(server, cache_folder):
    url, _ = server
    addresses = [f'{url}/gone.npz', 'http://127.0.0.1:9/gone.npz']
    with pytest.raises(WeightsError) as caught:
        download_model(addresses)
    assert all(address in str(caught.value) for address in addresses)
    assert '404' in str(caught.value)


def test_processes_that_want_the_same_file_download_it_once(server, cache_folder):
    url, asked = server
    threads = [threading.Thread(target=download_model, args=(f'{url}/w.npz',)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(asked) == 1
