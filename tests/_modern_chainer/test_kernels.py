"""Kernels that Chainer writes for CuPy, put through NVIDIA's compiler, which needs no GPU."""

import ctypes
import importlib.util
from pathlib import Path

import pytest

from chainercv_seg._modern_chainer.environment import cupy_since
from chainercv_seg._modern_chainer.gaps import GAPS, mend
from chainercv_seg._modern_chainer.importer import package_folder

FOLDERS = [
    importlib.util.find_spec(name) and importlib.util.find_spec(name).submodule_search_locations[0]
    for name in ('cupy', 'nvidia.cuda_nvrtc', 'nvidia.cuda_runtime')
    if importlib.util.find_spec(name.partition('.')[0])
]
pytestmark = pytest.mark.skipif(
    len(FOLDERS) < 3 or not all(FOLDERS),
    reason='needs cupy-cuda12x, nvidia-cuda-nvrtc-cu12 and nvidia-cuda-runtime-cu12, which a later '
    'step of .ci/run installs',
)

#: What CuPy makes of an elementwise kernel, in short.
ELEMENTWISE = """
#include <cupy/carray.cuh>
{preamble}
typedef CArray<float, 1, true> Floats;
extern "C" __global__ void {name}(
        CArray<unsigned long long, 1, true> ptrs, CArray<signed char, 1, true> dtypes,
        CArray<int, 1, true> info, Floats dst, Floats array, int size) {{
    {loop_prep}
    for (ptrdiff_t i = threadIdx.x; i < size; i += blockDim.x) {{ {operation} }}
}}
"""


def compiles(code):
    """Whether NVRTC compiles a kernel for compute capability 8.0, as CuPy has it do."""
    cupy, nvrtc, runtime = map(Path, FOLDERS)
    (library,) = [path for path in nvrtc.glob('lib/libnvrtc.so.*') if 'builtins' not in path.name]
    lib = ctypes.CDLL(str(library))
    program = ctypes.c_void_p()
    arguments = ctypes.byref(program), code.encode(), b'kernel.cu', 0, None, None
    assert lib.nvrtcCreateProgram(*arguments) == 0
    folders = cupy / '_core/include', runtime / 'include'
    options = [f'-I{folder}' for folder in folders]
    options += ['--gpu-architecture=compute_80', '-default-device', '--std=c++17']
    encoded = [option.encode() for option in options]
    result = lib.nvrtcCompileProgram(
        program, len(encoded), (ctypes.c_char_p * len(encoded))(*encoded)
    )
    assert result in (0, 6)  # 6: the code does not compile
    return result == 0


def kernels(module, *, mended):
    """The source of each kernel in a module of Chainer, as it is or mended."""
    package, *rest = module.split('.')
    source = Path(package_folder(package), *rest).with_suffix('.py').read_text()
    if mended:
        source = mend(source, [gap for gap in GAPS if gap.module == module and gap.is_open()])
    names = [name for name in ('pack', 'unpack', 'gather', 'scatter') if f'{name}' in source]
    found = {}
    for name in names:
        for function in (f'_cupy_batched_{name}_params', f'_memcpy_{name}'):
            if f'def {function}():' in source:
                body = source.split(f'def {function}():')[1].split('\ndef ')[0]
                code = Recorder()
                namespace = {'chainer': code, 'cuda': code, 'code': code}
                exec(f'def kernel():{body}\nkernel()', namespace)
                found[function] = code.text
    return found


class Recorder:
    """Stands for chainer.cuda, and keeps the code that it is given."""

    @property
    def cuda(self):
        return self

    def raw(self, code, name):
        self.text = code

    def elementwise(self, inputs, outputs, operation, name, *, loop_prep, preamble=''):
        self.text = ELEMENTWISE.format(
            name=name, operation=operation, loop_prep=loop_prep, preamble=preamble
        )


@pytest.mark.parametrize(
    'module',
    [
        'chainermn.communicators._memory_utility',
        'chainer.training.updaters.multiprocess_parallel_updater',
    ],
)
def test_mended_kernels_compile_and_the_original_ones_do_only_before_cupy_14(module):
    mended, original = kernels(module, mended=True), kernels(module, mended=False)
    assert len(mended) == len(original) == 2
    assert all(compiles(code) for code in mended.values())
    works = not cupy_since(14, 0)()
    assert [compiles(code) for code in original.values()] == [works, works]
