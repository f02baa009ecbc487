"""What is missing is one line that holds the remedy; what is hidden is found."""

import ctypes
import sys
from types import ModuleType, SimpleNamespace

import pytest

from chainercv_seg.engines.cuda import libraries
from chainercv_seg.utils.errors import DeviceError


@pytest.fixture
def environment(monkeypatch):
    """CuPy for CUDA 12, the frontend and NVIDIA's finder, as far as they are used; nothing on the path."""
    cupy, cudnn = ModuleType('cupy'), ModuleType('cudnn')
    cupy.cuda = SimpleNamespace(runtime=SimpleNamespace(runtimeGetVersion=lambda: 12090))
    cudnn.backend_version = lambda: 92800
    pathfinder, package = ModuleType('cuda.pathfinder'), ModuleType('cuda')
    loaded, asked = [], []

    def cdll(name, mode=0):
        asked.append((name, mode))
        raise OSError(f'{name}: cannot open shared object file')

    pathfinder.load_nvidia_dynamic_lib = loaded.append
    for module in (cupy, cudnn, package, pathfinder):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(libraries.ctypes, 'CDLL', cdll)
    libraries.frontend.cache_clear()
    yield SimpleNamespace(cudnn=cudnn, pathfinder=pathfinder, loaded=loaded, asked=asked)
    libraries.frontend.cache_clear()


def test_what_the_frontend_does_not_see_is_loaded_from_nvidias_packages(environment):
    assert libraries.frontend() is environment.cudnn
    assert environment.asked == [
        ('libcudart.so.12', ctypes.RTLD_GLOBAL),
        ('libcudnn.so.9', ctypes.RTLD_GLOBAL),
    ]
    assert environment.loaded == ['cudart', 'cudnn']


def test_what_is_on_the_path_is_not_looked_for_elsewhere(environment, monkeypatch):
    monkeypatch.setattr(libraries.ctypes, 'CDLL', lambda name, mode: None)
    assert libraries.frontend() is environment.cudnn
    assert environment.loaded == []


@pytest.mark.parametrize('error', [RuntimeError('not found'), ValueError('Unknown library name')])
def test_what_is_not_found_is_left_to_the_frontend(environment, error):
    def fail(name):
        raise error

    environment.pathfinder.load_nvidia_dynamic_lib = fail
    assert libraries.frontend() is environment.cudnn


def test_without_the_finder_the_frontend_looks_alone(environment, monkeypatch):
    monkeypatch.setitem(sys.modules, 'cuda.pathfinder', None)
    assert libraries.frontend() is environment.cudnn


REMEDY = r"pip install '\.\[cuda12\]' .*cuda13"


@pytest.mark.usefixtures('environment')
def test_that_the_frontend_is_missing_is_a_line_with_the_remedy(monkeypatch):
    monkeypatch.setitem(sys.modules, 'cudnn', None)
    with pytest.raises(DeviceError, match=rf"needs cuDNN's frontend, which .*{REMEDY}"):
        libraries.frontend()


@pytest.mark.parametrize('error', [RuntimeError, OSError, AssertionError, ImportError])
def test_that_cudnn_itself_is_missing_is_a_line_with_the_remedy(environment, error):
    def fail():
        raise error('Unable to find symbol cudnnGetVersion\nin a library')

    environment.cudnn.backend_version = fail
    with pytest.raises(
        DeviceError, match=rf'needs cuDNN, which .*GetVersion\. .*{REMEDY}'
    ) as caught:
        libraries.frontend()
    assert '\n' not in str(caught.value)


def test_that_cupy_is_missing_is_a_line_with_the_remedy(monkeypatch):
    monkeypatch.setitem(sys.modules, 'cupy', None)
    with pytest.raises(DeviceError, match=rf'needs CuPy, which .*{REMEDY}'):
        libraries.cupy()
