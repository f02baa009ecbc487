"""Kernels for a GPU as functions of this computer: one thread goes through all that threads share out."""

import ctypes
import shutil
import subprocess
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pytest

PRELUDE = """
#include <algorithm>
#include <cmath>
#include <cstddef>
using std::max;
using std::min;
#define __global__
#define __shared__ static
#define __syncthreads()
static struct { unsigned x, y, z; } blockIdx, threadIdx;
static struct { unsigned x, y, z; } blockDim{1, 1, 1}, gridDim{1, 1, 1};
"""


def compiler():
    return shutil.which('c++') or shutil.which('g++') or shutil.which('clang++')


needs_compiler = pytest.mark.skipif(compiler() is None, reason='there is no C++ compiler here')


@cache
def compiled(source, definitions):
    folder = Path(mkdtemp(prefix='chainercv_seg_kernels_'))
    (folder / 'kernels.cc').write_text(PRELUDE + Path(source).read_text())
    library = folder / 'kernels.so'
    command = [compiler(), '-O1', '-w', '-shared', '-fPIC', *definitions]
    subprocess.run([*command, folder / 'kernels.cc', '-o', library], check=True)
    loaded = ctypes.CDLL(str(library))
    shutil.rmtree(folder)
    return loaded


def call(source, definitions, name, arguments):
    """Run a kernel on arrays of NumPy and whole numbers."""
    pointers = [
        array.ctypes.data_as(ctypes.c_void_p)
        if isinstance(array, np.ndarray)
        else ctypes.c_int(array)
        for array in arguments
    ]
    getattr(compiled(source, definitions), name)(*pointers)
