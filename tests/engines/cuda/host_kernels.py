"""Kernels on the CPU: their source through a C++ compiler, called as CuPy's are, thread by thread."""

import ctypes
import re
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import pytest

HOST = Path(__file__).parent / 'host'
_SIGNATURE = re.compile(r'__global__ void (\w+)\(([^)]*)\)\s*\{')
_THREADS = re.compile(r'#define THREADS (\d+)')
#: Numbers by their type in C++, as wide as CuPy passes them.
_NUMBERS = {
    'int': np.int32,
    'long long': np.int64,
    '__half': np.float16,
    'float': np.float32,
    'double': np.float64,
}
#: The largest grid, and the largest block.
_MOST = (2**31 - 1, 65535, 65535, 1024, 1024, 64)


def compiler():
    return shutil.which('c++') or shutil.which('g++') or shutil.which('clang++')


needs_compiler = pytest.mark.skipif(compiler() is None, reason='there is no C++ compiler here')


def signatures(source):
    """Names of kernels, and for each argument its type and name."""
    return {
        name: [argument.strip().rpartition(' ')[::2] for argument in arguments.split(',')]
        for name, arguments in _SIGNATURE.findall(source)
    }


def with_launchers(source):
    """The source with a function for each kernel that calls it for all threads."""
    parts = [source, 'extern "C" {']
    for name, arguments in signatures(source).items():
        declared = ', '.join(f'{kind} {argument}' for kind, argument in arguments)
        given = ', '.join(argument for _, argument in arguments)
        parts.append(
            f'bool launch_{name}(const unsigned* s, {declared}) {{'
            f' return host::launch({{s[0], s[1], s[2]}}, {{s[3], s[4], s[5]}}, [=] {{ {name}({given}); }});'
            f' }}'
        )
    return '\n'.join([*parts, '}'])


@cache
def library(code, options):
    """Compile kernels; once in a process."""
    with tempfile.TemporaryDirectory(prefix='chainercv_seg_kernels_') as folder:
        source, path = Path(folder, 'kernels.cpp'), Path(folder, 'kernels.so')
        source.write_text(with_launchers(code))
        subprocess.run(
            [compiler(), '-O1', '-w', '-std=c++17', '-shared', '-fPIC', '-ffp-contract=off',
             *options, '-I', HOST, '-include', HOST / 'cuda.h', source, '-o', path],
            check=True,
        )  # fmt: skip
        return ctypes.CDLL(str(path))


class RawModule:
    """CuPy's class of that name: what it would pass otherwise than the kernel expects fails."""

    def __init__(self, *, code, options, backend):
        assert backend == 'nvrtc'
        self._library, self._signatures = library(code, options), signatures(code)
        defined = [option.removeprefix('-D').split('=') for option in options if '=' in option]
        self._numbers = {**_NUMBERS, **{name: _NUMBERS[kind] for name, kind in defined}}
        self._threads = {int(number) for number in _THREADS.findall(code)}

    def get_function(self, name):
        """A kernel, called with grid, block and arguments."""
        launcher, expected = getattr(self._library, f'launch_{name}'), self._signatures[name]
        launcher.restype = ctypes.c_bool

        def call(grid, block, arguments):
            sizes = (*grid, 1, 1)[:3] + (*block, 1, 1)[:3]
            assert all(0 < n <= most for n, most in zip(sizes, _MOST, strict=True)), sizes
            threads = int(np.prod(sizes[3:]))
            assert threads <= 1024
            assert threads in self._threads or not self._threads, f'{name}: {threads} threads'
            assert len(arguments) == len(expected), f'{name} takes {len(expected)} arguments'
            passed = [
                self._convert(kind, value, f'{name}: {argument}')
                for (kind, argument), value in zip(expected, arguments, strict=True)
            ]
            together = launcher((ctypes.c_uint * 6)(*sizes), *passed)
            assert together, f'{name}: some threads of a block wait at a barrier, others have ended'

        return call

    def _convert(self, kind, value, where):
        """Give an argument the type that the kernel declares."""
        found = f'{where}: expected {kind}, found {type(value)}'
        if not kind.endswith('*'):
            assert type(value) is self._numbers[kind], found
            return np.ctypeslib.as_ctypes_type(value.dtype)(value.item())
        if isinstance(value, np.ndarray):
            assert value.dtype == self._numbers[kind.removeprefix('const ').rstrip('*')], found
            assert value.flags.c_contiguous, f'{where}: not in one piece'
            return ctypes.c_void_p(value.ctypes.data)
        assert type(value) is np.intp, found
        return ctypes.c_void_p(int(value))
