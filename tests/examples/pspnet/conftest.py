"""Makes the modules beside examples/pspnet/train_multi.py importable."""

import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[3] / 'examples/pspnet'


@pytest.fixture(scope='session', autouse=True)
def importable():
    sys.path.insert(0, str(FOLDER))
    yield
    sys.path.remove(str(FOLDER))
