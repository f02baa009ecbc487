"""Makes the modules beside the training scripts importable; a sample to vary."""

import sys

import numpy as np
import pytest

from tests.examples.scripts import EXAMPLES


@pytest.fixture(scope='session', autouse=True)
def importable():
    folders = [str(EXAMPLES / name) for name in ('pspnet', 'segnet')]
    sys.path[:0] = folders
    yield
    for folder in folders:
        sys.path.remove(folder)


@pytest.fixture
def sample():
    """An image whose red channel repeats its label map: a class a block of 8 pixels, one void."""
    label = np.kron(np.arange(30).reshape(5, 6), np.ones((8, 8), int)).astype(np.int32)
    label[:8, :8] = -1
    img = np.stack([label * 8 + 8.0, np.full(label.shape, 90.0), np.full(label.shape, 180.0)])
    return img.astype(np.float32), label
