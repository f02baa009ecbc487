"""Tests on a GPU: pytest -m gpu.

The GPU is number 0, or what CHAINERCV_SEG_GPU says; -1 runs the tests on the CPU against the CPU, which
shows that the tests themselves work.
"""

import os
from pathlib import Path

import pytest

from chainercv_seg.utils.devices import check_gpu, to_device
from chainercv_seg.utils.errors import DeviceError

GPU = int(os.environ.get('CHAINERCV_SEG_GPU', '0'))


def pytest_collection_modifyitems(items):
    reason = missing()
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.gpu)
            if reason:
                item.add_marker(pytest.mark.skip(reason=reason))


def missing():
    """Why the tests cannot run, or None."""
    try:
        if GPU >= 0:
            check_gpu(GPU)
    except DeviceError as error:
        return str(error)
    return None


@pytest.fixture
def gpu():
    return GPU


@pytest.fixture
def on_gpu():
    """Moves a link to the GPU."""

    def move(link):
        to_device(link, GPU)
        return link

    return move
