"""Set-up of all tests."""

import pytest

import chainercv_seg  # noqa: F401  Before Chainer: a test may import Chainer first thing.


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
