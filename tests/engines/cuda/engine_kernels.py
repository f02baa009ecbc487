"""The kernels on the CPU: the same source through a C++ compiler, called on addresses, thread by thread."""

import ctypes
import re
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import numpy as np

from chainercv_seg.engines.cuda import device
from tests.engines.cuda.host_kernels import compiler

HOST = Path(__file__).parent / 'host'
_SIGNATURE = re.compile(r'__global__ void (\w+)\(([^)]*)\)\s*\{')
_TYPES = {'int': ctypes.c_int, 'float': ctypes.c_float, 'long long': ctypes.c_longlong}


def signatures(source):
    """Names of kernels, and for each argument its type and name."""
    found = {}
    for name, arguments in _SIGNATURE.findall(source):
        pairs = [argument.strip().rpartition(' ') for argument in arguments.split(',')]
        found[name] = [
            (kind.strip() + '*' * name_.count('*'), name_.strip('*')) for kind, _, name_ in pairs
        ]
    return found


def with_launchers(source):
    """The source with a function for each kernel that calls it for all threads."""
    parts = [source, 'extern "C" {']
    for name, arguments in signatures(source).items():
        body = source[source.index(f'void {name}(') :]
        body = body[: body.find('__global__', 10)]
        together = 'true' if '__syncthreads' in body else 'false'
        declared = ', '.join(f'{kind} {argument}' for kind, argument in arguments)
        given = ', '.join(argument for _, argument in arguments)
        parts.append(
            f'void launch_{name}(const unsigned* s, {declared}) {{'
            f' launch({{s[0], s[1], s[2]}}, {{s[3], s[4], s[5]}}, {together}, [=] {{ {name}({given}); }});'
            f' }}'
        )
    return '\n'.join([*parts, '}'])


@cache
def library(half, source=None):
    """Compile the kernels; return the loaded library and the signatures."""
    source = source or device.source()
    text = with_launchers(source)
    folder = Path(tempfile.mkdtemp())
    path = folder / 'kernels.so'
    (folder / 'kernels.cpp').write_text(text)
    subprocess.run(
        [compiler(), '-O1', '-w', '-std=c++17', '-shared', '-fPIC', '-ffp-contract=off',
         *(['-DHALF'] if half else []), '-I', HOST, '-include', HOST / 'cuda.h',
         folder / 'kernels.cpp', '-o', path],
        check=True,
    )  # fmt: skip
    loaded = ctypes.CDLL(str(path))
    shutil.rmtree(folder)
    return loaded, signatures(source)


def function(name, half):
    """A kernel that is called as CuPy's are: with grid, block and arguments."""
    loaded, known = library(half)
    launcher, kinds = getattr(loaded, f'launch_{name}'), known[name]

    def call(grid, block, arguments):
        assert len(arguments) == len(kinds), (
            f'{name} takes {len(kinds)} arguments: {len(arguments)}'
        )
        sizes = [*grid, 1, 1][:3] + [*block, 1, 1][:3]
        assert np.prod(sizes[3:]) <= 1024
        assert all(0 < n < 2**31 for n in sizes)
        launcher(
            (ctypes.c_uint * 6)(*sizes),
            *(convert(kind, value, f'{name}: {argument}')
              for (kind, argument), value in zip(kinds, arguments, strict=True)),
        )  # fmt: skip

    return call


def convert(kind, value, where):
    """Give an argument the type that the kernel declares, as wide as CuPy passes it."""
    if kind.endswith('*'):
        assert type(value) is np.intp, where
        return ctypes.c_void_p(int(value))
    widths = {'int': np.int32, 'float': np.float32, 'long long': np.int64}
    assert type(value) is widths[kind], f'{where}: expected {kind}, found {type(value)}'
    return _TYPES[kind](value.item())
