"""Kernels of training on a GPU: compiled when they are first used, and run."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from chainercv_seg.engines.cuda.libraries import cupy

#: Of arrays by their type: what the compiler is told.
DEFINITIONS = {
    'float16': ('-DHALF', '-DNUMBER=__half', '-DSUM=float'),
    'float32': ('-DNUMBER=float', '-DSUM=float'),
    'float64': ('-DNUMBER=double', '-DSUM=double'),
}
#: Threads of a block; as the kernels have it.
THREADS = 256
#: More blocks than this go round.
BLOCKS = 1 << 16


def source(name: str) -> Path:
    """Tell in which file kernels are."""
    return Path(__file__).parent / 'kernels' / f'{name}.cu'


def blocks_for(n: int) -> int:
    """Tell how many blocks have a thread for each of so many numbers; at least one."""
    return max(1, min(-(-n // THREADS), BLOCKS))


def launch(path: Path, name: str, dtype: np.dtype, blocks: int, arguments: tuple[Any, ...]) -> None:
    """Run a kernel of a file on the current GPU, in the order of the current stream.

    Args:
        path: The file.
        name: The kernel's.
        dtype: The type of its arrays.
        blocks: How many there are, of `THREADS` each.
        arguments: Arrays of CuPy, and whole numbers.
    """
    kernel = _kernel(path, name, dtype.name, int(cupy().cuda.runtime.getDevice()))
    values = (
        np.int32(value) if isinstance(value, int | np.integer) else value for value in arguments
    )
    kernel((blocks,), (THREADS,), tuple(values))


@cache
def _kernel(path: Path, name: str, dtype: str, device: int) -> Any:
    """Look up a kernel for a type of arrays and a GPU."""
    return _module(path, dtype, device).get_function(name)


@cache
def _module(path: Path, dtype: str, device: int) -> Any:
    """Compile the kernels of a file for a type of arrays and a GPU."""
    code = path.read_text('utf-8')
    return cupy().RawModule(code=code, options=DEFINITIONS[dtype], backend='nvrtc')
