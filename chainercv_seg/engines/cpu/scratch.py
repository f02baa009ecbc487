"""Memory that threads keep between calls, since fresh pages cost as much as using them."""

import math
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]


class _Kept:
    """The buffers of one thread, of which the first ``used`` are lent."""

    def __init__(self) -> None:
        self.buffers: list[FloatArray] = []
        self.used = 0
        self.lock = threading.Lock()


class _Thread(threading.local):
    """What this thread keeps; as long as it lives, and as `give_back` sees it."""

    def __init__(self) -> None:
        self.kept = _Kept()
        _all.add(self.kept)


_all: 'weakref.WeakSet[_Kept]' = weakref.WeakSet()
_thread = _Thread()


def aligned(shape: tuple[int, ...]) -> FloatArray:
    """Return an uninitialized array whose first float begins a cache line of 64 bytes."""
    memory = np.empty(math.prod(shape) + 16, np.float32)
    first = -memory.ctypes.data % 64 // 4
    return memory[first : first + math.prod(shape)].reshape(shape)


@contextmanager
def scratch(*shapes: tuple[int, ...]) -> Iterator[list[FloatArray]]:
    """Lend arrays of this thread, with whatever an earlier use left in them.

    They belong to the block alone, and so do those of blocks within it. Memory grows to the largest
    that was asked for.

    Args:
        *shapes: Their shapes.

    Yields:
        Float32 arrays.
    """
    kept = _thread.kept
    with kept.lock:
        first = kept.used
        kept.used += len(shapes)
        for number, shape in enumerate(shapes, first):
            if number == len(kept.buffers):
                kept.buffers.append(aligned((math.prod(shape),)))
            elif kept.buffers[number].size < math.prod(shape):
                kept.buffers[number] = aligned((math.prod(shape),))
        lent = kept.buffers[first : kept.used]
    try:
        yield [
            buffer[: math.prod(shape)].reshape(shape)
            for buffer, shape in zip(lent, shapes, strict=True)
        ]
    finally:
        kept.used = first


def give_back() -> None:
    """Let go of what threads keep and is not lent."""
    for kept in list(_all):
        with kept.lock:
            del kept.buffers[kept.used :]
