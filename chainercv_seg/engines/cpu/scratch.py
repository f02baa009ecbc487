"""Buffers that a thread keeps between calls, since fresh pages cost as much as using them."""

import math
import threading

import numpy as np
import numpy.typing as npt

_buffers = threading.local()


def aligned(shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """Return an uninitialized array whose first float begins a cache line of 64 bytes."""
    memory = np.empty(math.prod(shape) + 16, np.float32)
    first = -memory.ctypes.data % 64 // 4
    return memory[first : first + math.prod(shape)].reshape(shape)


def scratch(name: str, shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """Return a buffer of this thread, with whatever an earlier call left in it.

    Args:
        name: Two buffers in use at the same time have different names.
        shape: Its shape; memory grows to the largest that was asked for.
    """
    kept = _buffers.__dict__.get(name)
    if kept is None or kept.size < math.prod(shape):
        kept = _buffers.__dict__[name] = aligned((math.prod(shape),))
    return kept[: math.prod(shape)].reshape(shape)
