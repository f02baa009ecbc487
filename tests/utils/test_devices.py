import os
import subprocess
import sys
from types import ModuleType, SimpleNamespace

import pytest

from chainercv_seg.utils.devices import check_gpu, to_device
from chainercv_seg.utils.errors import DeviceError

# isort: split
import chainer


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
    monkeypatch.setattr(chainer.backends.cuda, 'available', True)
    check_gpu(1)


def test_a_library_that_is_missing_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, 'cupy', fake_cupy(2))
    monkeypatch.setattr(chainer.backends.cuda, 'available', False)
    error = ImportError('libcublas.so.12: cannot open shared object file')
    monkeypatch.setattr(chainer.backends.cuda, '_resolution_error', error)
    with pytest.raises(DeviceError, match=r'does not get on with CuPy: libcublas\.so\.12'):
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


@pytest.fixture
def loud_cupy(tmp_path, monkeypatch):
    """A CuPy that says when it is imported, in every process."""
    (tmp_path / 'cupy.py').write_text("print('CuPy!')\nraise ImportError('no libcuda')\n")
    monkeypatch.setenv('PYTHONPATH', str(tmp_path), prepend=os.pathsep)


def run(code):
    return subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)


COMMAND = """
import sys
from chainercv_seg.cli import {0}
assert {0}.main({1}) == 0
print(sys.modules.get('cupy', 'no CuPy'))
"""


@pytest.mark.usefixtures('loud_cupy')
@pytest.mark.parametrize(
    ('command', 'arguments'),
    [
        ('evaluate', ['--limit', '1', '--gpu', '-1']),
        ('evaluate', ['--limit', '1']),
        ('evaluate_multi', ['--limit', '1', '--communicator', 'naive']),
    ],
)
def test_commands_on_the_cpu_do_not_import_cupy(command, arguments):
    if command == 'evaluate_multi':
        pytest.importorskip('mpi4py')
    done = run(COMMAND.format(command, arguments))
    assert 'CuPy!' not in done.stdout
    assert done.stdout.endswith('no CuPy\n')  # and may be imported later
    assert 'mean IoU' in done.stdout


@pytest.mark.usefixtures('loud_cupy')
def test_chainer_imports_cupy_otherwise():
    assert 'CuPy!' in run('import chainercv_seg, chainer').stdout
