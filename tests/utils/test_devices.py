import sys
from types import ModuleType, SimpleNamespace

import pytest

from chainercv_seg.utils.devices import check_gpu, to_device
from chainercv_seg.utils.errors import DeviceError


class CUDARuntimeError(RuntimeError):
    pass


def fake_cupy(count):
    """CuPy as far as it can be seen without a device: its count of devices, or its error."""

    def get_device_count():
        if isinstance(count, Exception):
            raise count
        return count

    cupy = ModuleType('cupy')
    cupy.cuda = SimpleNamespace(
        runtime=SimpleNamespace(getDeviceCount=get_device_count, CUDARuntimeError=CUDARuntimeError)
    )
    return cupy


def test_a_gpu_that_there_is_passes(monkeypatch):
    monkeypatch.setitem(sys.modules, 'cupy', fake_cupy(2))
    check_gpu(1)


@pytest.mark.parametrize(
    ('cupy', 'message'),
    [
        (None, r'CuPy, which is not installed.*chainercv_seg\[cuda12\]'),
        (fake_cupy(CUDARuntimeError('cudaErrorInsufficientDriver')), 'InsufficientDriver'),
        (fake_cupy(0), 'there are 0'),
        (fake_cupy(1), 'GPU 1 was asked for, but there are 1'),
    ],
)
def test_a_gpu_that_cannot_be_used_says_why(monkeypatch, cupy, message):
    monkeypatch.setitem(sys.modules, 'cupy', cupy)
    with pytest.raises(DeviceError, match=message):
        check_gpu(1)


def test_a_cupy_that_does_not_load_says_why(monkeypatch, tmp_path):
    (tmp_path / 'cupy.py').write_text("raise ImportError('libcuda.so.1 not found')")
    monkeypatch.delitem(sys.modules, 'cupy', raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(DeviceError, match=r'does not load: libcuda\.so\.1'):
        check_gpu(0)


def test_the_cpu_needs_no_check(monkeypatch):
    monkeypatch.setitem(sys.modules, 'cupy', None)
    to_device(None, -1)
