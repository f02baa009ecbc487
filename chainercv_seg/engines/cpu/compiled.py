"""Whether numba is there: the one place that decides between compiled kernels and plain NumPy."""

import os
from collections.abc import Callable
from threading import RLock
from typing import Any

from chainercv_seg.utils.extras import install_command

try:
    import numba
except ImportError:
    numba = None
else:
    from chainercv_seg.engines.cpu.kernel_cache import folder, keep

#: True where the kernels are compiled. Elsewhere only NumPy's methods are chosen.
COMPILED: bool = numba is not None

#: Held while anything is compiled.
COMPILER_LOCK: Any = numba.core.compiler_lock.global_compiler_lock if COMPILED else RLock()

# Additions may be reordered and fused, so that loops become vectors. `nnan` and `ninf` are left
# out on purpose: a NaN in the input stays a NaN (transforms spread it over its whole tile).
_FAST_MATH = {'reassoc', 'contract', 'nsz', 'arcp'}


_kernels: list[Any] = []


def compilations() -> int:
    """Count how often a kernel was compiled in this process, for want of machine code on disk."""
    return sum(sum(kernel.stats.cache_misses.values()) for kernel in _kernels)


def kept_in() -> str | None:
    """Return the folder of the machine code, None where it is not kept on disk."""
    folders = [folder(kernel) for kernel in _kernels]
    there = [path for path in folders if path is not None]
    return os.path.commonpath(there) if there and len(there) == len(folders) else None


def kernel(function: Callable[..., Any]) -> Any:
    """Compile a function at its first call and keep the machine code on disk (`kernel_cache`).

    Kernels let go of the interpreter's lock. Without numba the function is returned as it is;
    nothing calls it then.
    """
    if numba is None:
        return function
    compiled = numba.njit(function, nogil=True, fastmath=_FAST_MATH)
    keep(compiled)
    _kernels.append(compiled)
    return compiled


def part(function: Callable[..., Any]) -> Any:
    """Compile a function that only kernels call: stored with them."""
    if numba is None:
        return function
    return numba.njit(function, nogil=True, fastmath=_FAST_MATH, forceinline=True)


def describe() -> str:
    """One line for the log: what the numerical functions run on."""
    if numba is None:
        return (
            'numba is not installed: convolutions fall back to NumPy matrix products, several '
            f'times slower. Install it with: {install_command("fast")}'
        )
    return f'numerical functions compiled by numba {numba.__version__}'
