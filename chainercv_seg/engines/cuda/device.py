"""One GPU as runners see it: memory, kernels, convolutions, graphs. All of CuPy that they need."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from chainercv_seg.engines.cuda.choice import Plan
from chainercv_seg.engines.cuda.convolver import Convolver
from chainercv_seg.engines.cuda.libraries import cupy, frontend
from chainercv_seg.engines.cuda.plan_cache import agreeing
from chainercv_seg.engines.cuda.plan_table import PlanTable
from chainercv_seg.engines.cuda.problem import Problem
from chainercv_seg.engines.cuda.transfers import Transfers

KERNELS = Path(__file__).parent / 'kernels'
#: The files of the engine's kernels, in the order in which they are put behind each other.
FILES = ('maps', 'convolutions', 'depthwise', 'pooling', 'resizing', 'views')
#: The first compute capability whose tensor cores take TF32.
_FIRST_TF32 = 8
#: Blocks of a kernel for each multiprocessor.
_BLOCKS = 16


def source() -> str:
    """Read the kernels' source."""
    return '\n'.join((KERNELS / f'{name}.cu').read_text('utf-8') for name in FILES)


class GPU:
    """A GPU, for one runner.

    Args:
        number: Its number.
        half: Whether maps are of half precision.
        table: Which plans compute convolutions.

    Attributes:
        blocks: How many blocks kernels are launched in at most.
        tf32: Whether its tensor cores take TF32.

    Raises:
        DeviceError: CuPy, cuDNN or its frontend is missing.
    """

    def __init__(self, number: int, *, half: bool, table: PlanTable) -> None:
        self.number, self.half, self.table = number, half, table
        self.xp = cupy()
        frontend()
        with self.current():
            properties = self.xp.cuda.runtime.getDeviceProperties(number)
            self.blocks = _BLOCKS * int(properties['multiProcessorCount'])
            self.tf32 = int(properties['major']) >= _FIRST_TF32
            self._convolver = Convolver(table=table)
            options = ('-DHALF',) if half else ()
            self._module = self.xp.RawModule(code=source(), options=options, backend='nvrtc')
            self._captures = self.xp.cuda.Stream(non_blocking=True)
            self._transfers = Transfers()
        self._functions: dict[str, Callable[..., None]] = {}

    @contextmanager
    def current(self) -> Iterator[None]:
        """Make it the current device in the block."""
        with self.xp.cuda.Device(self.number):
            yield

    def function(self, name: str) -> Callable[..., None]:
        """Return a kernel, called with grid, block and arguments."""
        if name not in self._functions:
            self._functions[name] = self._module.get_function(name)
        return self._functions[name]

    def plan(self, problem: Problem) -> Plan:
        """Choose what computes a convolution."""
        return self._convolver.plan(problem)

    def agreeing(self) -> AbstractContextManager[None]:
        """Let no other process choose plans in the block, and take over what others have chosen."""
        return agreeing(self.table)

    def recipe(self) -> tuple[Callable[..., Any], dict[str, Any]]:
        """Say how the same GPU is opened again, by a function and its arguments."""
        return GPU, {'number': self.number, 'half': self.half, 'table': self.table}

    def follow(self) -> None:
        """Let cuDNN compute in the order of the current stream from now on."""
        self._convolver.follow()

    def upload(self, array: np.ndarray) -> Any:
        """Copy an array to the device."""
        return self.xp.asarray(array)

    def download(self, array: Any) -> np.ndarray:
        """Copy an array from the device."""
        return self.xp.asnumpy(array)

    def pointer(self, array: Any) -> int:
        """Return the address of an array that lies in one piece."""
        return int(array.data.ptr)

    def address(self, array: Any) -> int:
        """Return the address of the first number of any array."""
        return int(array.data.ptr)

    def send(self, array: np.ndarray) -> Any:
        """Bring an array over while the GPU computes."""
        return self._transfers.send(array)

    def fetch(self, labels: Any, flag: Any) -> Callable[[], tuple[np.ndarray, bool]]:
        """Begin to bring back labels, and a flag of one number if there is one.

        Returns:
            What waits for them and returns the labels and whether the flag is set.
        """
        wait = self._transfers.fetch(labels, *([] if flag is None else [flag]))

        def arrive() -> tuple[np.ndarray, bool]:
            found = wait()
            return found[0], len(found) > 1 and bool(found[1][0])

        return arrive

    def empty(self, shape: tuple[int, ...], dtype: Any) -> Any:
        """Take memory for an array.

        Raises:
            cupy.cuda.memory.OutOfMemoryError: There is not enough.
        """
        return self.xp.empty(shape, dtype)

    def contiguous(self, x: Any) -> Any:
        """Return an array that lies in one piece."""
        return self.xp.ascontiguousarray(x)

    def copy(self, target: int, source: int, nbytes: int) -> None:
        """Copy from an address to another, in the order of the current stream."""
        stream = self.xp.cuda.get_current_stream()
        kind = self.xp.cuda.runtime.memcpyDeviceToDevice
        self.xp.cuda.runtime.memcpyAsync(target, source, nbytes, kind, stream.ptr)

    def synchronize(self) -> None:
        """Wait for all that the current stream has been told."""
        self.xp.cuda.get_current_stream().synchronize()

    def mark(self) -> Any:
        """Note how far the current stream is."""
        event = self.xp.cuda.Event(disable_timing=True)
        stream = self.xp.cuda.get_current_stream()
        event.record(stream)
        return stream.ptr, event

    def wait(self, mark: Any) -> None:
        """Let the current stream wait until another, if it is one, is as far as it was noted."""
        stream, event = mark
        current = self.xp.cuda.get_current_stream()
        if current.ptr != stream:
            current.wait_event(event)

    def capture(self, run: Callable[[], None]) -> Callable[[], None]:
        """Capture what is run as a graph; return what launches that in the order of the current stream.

        Raises:
            RuntimeError: It cannot be captured.
        """
        stream = self._captures
        try:
            with stream:
                self.follow()
                stream.begin_capture()
                try:
                    run()
                finally:
                    graph = stream.end_capture()
        except Exception:
            self._captures = self.xp.cuda.Stream(non_blocking=True)  # the old one may be broken
            raise
        finally:
            self.follow()
        return lambda: graph.launch(self.xp.cuda.get_current_stream())


def kind_of_gpu(number: int) -> str:
    """Say in words what plans depend on: the GPU, the driver, cuDNN, its frontend.

    Raises:
        DeviceError: CuPy, cuDNN or its frontend is missing.
    """
    runtime = cupy().cuda.runtime
    properties = runtime.getDeviceProperties(number)
    name = (
        properties['name'].decode() if isinstance(properties['name'], bytes) else properties['name']
    )
    cudnn = frontend()
    return (
        f'{name} with {properties["multiProcessorCount"]} multiprocessors, CUDA driver '
        f'{runtime.driverGetVersion()}, cuDNN {cudnn.backend_version()}, frontend {cudnn.__version__}'
    )
