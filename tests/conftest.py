"""Set-up of all tests."""

import sys

import pytest

import chainercv_seg  # noqa: F401  Before Chainer: a test may import Chainer first thing.
from tests.file_server import serve


@pytest.fixture(autouse=True)
def _offline(monkeypatch):
    """No test touches the network; the server below allows what is asked of it."""
    monkeypatch.setenv('CHAINERCV_SEG_OFFLINE', '1')
    monkeypatch.delenv('CHAINERCV_SEG_MIRROR', raising=False)


@pytest.fixture
def cache_folder(tmp_path):
    """An empty folder of models in an empty cache of Chainer's."""
    chainer = pytest.importorskip('chainer')
    root = chainer.dataset.get_dataset_root()
    chainer.dataset.set_dataset_root(str(tmp_path))
    folder = tmp_path / 'pfnet' / 'chainercv' / 'models'
    folder.mkdir(parents=True)
    yield folder
    chainer.dataset.set_dataset_root(root)


@pytest.fixture
def file_server(monkeypatch):
    """A web server on this machine; attempts follow one another without a pause."""
    monkeypatch.setenv('NO_PROXY', '127.0.0.1')
    monkeypatch.setenv('no_proxy', '127.0.0.1')
    monkeypatch.setattr('chainercv_seg.utils.resuming_downloader.PAUSES', (0, 0, 0))
    monkeypatch.delenv('CHAINERCV_SEG_OFFLINE')
    with serve() as server:
        yield server


@pytest.fixture
def cache_root(tmp_path, monkeypatch):
    """An empty cache of Chainer's, whether that is installed or not."""
    root = tmp_path / 'cache'
    monkeypatch.setenv('CHAINER_DATASET_ROOT', str(root))
    if 'chainer' in sys.modules:
        monkeypatch.setattr('chainer.dataset.download._dataset_root', str(root))
    return root


@pytest.fixture
def kernels_on_host(monkeypatch):
    """Kernels for training run on this computer; what is in CuPy's place for that."""
    from chainercv_seg.engines.cuda import launching
    from tests.caches import forgotten
    from tests.engines.cuda.fake_cupy import FakeCuPy

    cupy = FakeCuPy()
    monkeypatch.setattr(launching, 'cupy', lambda: cupy)
    with forgotten(launching._module, launching._kernel):
        yield cupy
