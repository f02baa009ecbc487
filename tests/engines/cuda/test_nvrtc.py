"""The kernels through CUDA's own compiler for GPUs from compute capability 7.5 on, which needs none."""

import ctypes
import importlib.util
from pathlib import Path

import pytest

from chainercv_seg.engines.cuda import batch_normalization, depthwise_gradients, device

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec('cupy') is None,
    reason='CuPy is not installed: a later step of .ci/run installs it',
)
ARCHITECTURES = (75, 80, 86, 89, 90)


@pytest.fixture(scope='module')
def nvrtc():
    """NVRTC by CuPy; CuPy 13 does not find the one of NVIDIA's package by itself."""
    try:
        folders = importlib.util.find_spec('nvidia.cuda_nvrtc').submodule_search_locations
    except (ImportError, AttributeError):
        folders = []
    for folder in folders:
        for library in Path(folder).glob('lib/libnvrtc.so.*'):
            ctypes.CDLL(str(library), ctypes.RTLD_GLOBAL)
    from cupy.cuda import nvrtc

    try:
        nvrtc.getVersion()
    except RuntimeError as error:
        pytest.skip(f'NVRTC is not there: {error}')
    return nvrtc


def compiled(nvrtc, source, options):
    program = nvrtc.createProgram(source, 'kernels.cu', [], [])
    try:
        nvrtc.compileProgram(program, options)
    except nvrtc.NVRTCError:
        pytest.fail(nvrtc.getProgramLog(program))
    return nvrtc.getCUBIN(program), nvrtc.getProgramLog(program)


@pytest.mark.parametrize('half', [False, True], ids=['float32', 'float16'])
@pytest.mark.parametrize('architecture', ARCHITECTURES)
def test_the_engines_kernels_compile(nvrtc, architecture, half):
    options = [f'--gpu-architecture=sm_{architecture}', *(['-DHALF'] if half else [])]
    code, log = compiled(nvrtc, device.source(), tuple(options))
    assert len(code) > 10_000
    assert 'warning' not in log


@pytest.mark.parametrize('dtype', ['float32', 'float64'])
@pytest.mark.parametrize('architecture', ARCHITECTURES)
def test_the_kernels_for_training_compile(nvrtc, architecture, dtype):
    options = f'--gpu-architecture=sm_{architecture}', *depthwise_gradients.DEFINITIONS[dtype]
    sources = [depthwise_gradients.SOURCE]
    if dtype == 'float32':
        sources.append(batch_normalization.SOURCE)
    for path in sources:
        code, log = compiled(nvrtc, path.read_text(), options)
        assert len(code) > 1000
        assert 'warning' not in log
