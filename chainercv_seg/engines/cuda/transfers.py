"""Images and labels between this computer's memory and a GPU's, while that computes."""

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from chainercv_seg.engines.cuda.libraries import cupy

#: So many images may be on their way: one is filled while the one before crosses.
_SLOTS = 2


class _Slot:
    """Memory for one image, on both sides.

    Attributes:
        host: Pinned memory of this computer.
        device: Memory of the GPU.
        crossed: Marks when the image has crossed, in the stream of copies.
        taken: Marks when it was taken out, in the stream that computes.
    """

    host: Any = None
    device: Any = None
    crossed: Any = None
    taken: Any = None


class Transfers:
    """Crossings to and from the current GPU.

    An image is copied into pinned memory, crosses in a stream of copies into memory of its own, and is taken
    from there in the order of the current stream: so it crosses while the one before is computed, whatever
    becomes of that.
    """

    def __init__(self) -> None:
        self._copies = cupy().cuda.Stream(non_blocking=True)
        self._slots = [_Slot() for _ in range(_SLOTS)]

    def send(self, array: np.ndarray) -> Any:
        """Bring an array over; what is returned may be used in the order of the current stream."""
        cuda = cupy().cuda
        runtime, stream = cuda.runtime, cuda.get_current_stream()
        slot = self._slots.pop(0)
        self._slots.append(slot)
        if slot.crossed is not None:
            slot.crossed.synchronize()
            self._copies.wait_event(slot.taken)
        if slot.host is None or slot.device.size < array.nbytes:
            if slot.taken is not None:
                slot.taken.synchronize()  # before its memory is given back
            slot.host = cuda.alloc_pinned_memory(array.nbytes)
            slot.device = cupy().empty(array.nbytes, np.uint8)
            ready = cuda.Event(disable_timing=True)
            ready.record(stream)  # the memory may still be read in this stream
            self._copies.wait_event(ready)
        pinned = np.frombuffer(slot.host, array.dtype, array.size).reshape(array.shape)
        np.copyto(pinned, array)
        kind = runtime.memcpyHostToDevice
        runtime.memcpyAsync(
            slot.device.data.ptr, pinned.ctypes.data, array.nbytes, kind, self._copies.ptr
        )
        slot.crossed = cuda.Event(disable_timing=True)
        slot.crossed.record(self._copies)
        stream.wait_event(slot.crossed)
        made = cupy().empty(array.shape, array.dtype)
        kind = runtime.memcpyDeviceToDevice
        runtime.memcpyAsync(made.data.ptr, slot.device.data.ptr, array.nbytes, kind, stream.ptr)
        slot.taken = cuda.Event(disable_timing=True)
        slot.taken.record(stream)
        return made

    def fetch(self, *arrays: Any) -> Callable[[], list[np.ndarray]]:
        """Begin to bring arrays back, in the order of the current stream.

        Returns:
            What waits for them and returns them, in pinned memory.
        """
        cuda = cupy().cuda
        stream = cuda.get_current_stream()
        found = []
        for array in arrays:
            memory = cuda.alloc_pinned_memory(array.nbytes)
            pinned = np.frombuffer(memory, array.dtype, prod(array.shape)).reshape(array.shape)
            kind = cuda.runtime.memcpyDeviceToHost
            cuda.runtime.memcpyAsync(
                pinned.ctypes.data, array.data.ptr, array.nbytes, kind, stream.ptr
            )
            found.append(pinned)
        arrived = cuda.Event(disable_timing=True)
        arrived.record(stream)

        def wait() -> list[np.ndarray]:
            arrived.synchronize()
            return found

        return wait
