"""A program compiled for a GPU."""

import logging
import os
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import RLock
from typing import Any

import numpy as np

from chainercv_seg.engines.cuda.analysis import Analysis
from chainercv_seg.engines.cuda.memory import FOREVER
from chainercv_seg.engines.cuda.tail import Tail, label_type, write_tail
from chainercv_seg.engines.cuda.tape import Address, Tape
from chainercv_seg.engines.cuda.weights import NodeWeights
from chainercv_seg.engines.cuda.writer import Writer
from chainercv_seg.utils.errors import PrecisionError

_logger = logging.getLogger(__name__)

#: Bytes that graphs may take besides the arena.
GRAPH_BYTES = 256 << 20
#: About how many the driver takes for a command of a graph: an estimate, as nothing tells.
BYTES_OF_A_COMMAND = 8192
#: A shape is captured when it comes for this time.
CAPTURED_AT = 2


@dataclass
class _Shape:
    """What is kept for a shape of inputs.

    Attributes:
        tape: The commands.
        input: Where inputs are written to.
        result: Where scores, or labels, come to lie.
        shape: Of the scores, ``(N, height, width, channels)``, channels padded; or of the labels, in a row.
        dtype: Of the result.
        calls: How often it came.
        launch: What launches its graph; None where there is none.
    """

    tape: Tape
    input: Address
    result: Address
    shape: tuple[int, ...]
    dtype: type
    calls: int = 0
    launch: Callable[[], None] | None = None


class CUDARunner:
    """A compiled program: see `Runner`. One thread at a time computes; others wait.

    Inputs may be bytes, float32 or of another type, scores are float32; both are in the order of CuPy's
    current stream. Pickling and copying bring the weights to this computer's memory and prepare anew.

    Args:
        analysis: The program, without its weights.
        weights: These, on the device.
        gpu: The device.
    """

    def __init__(self, analysis: Analysis, weights: dict[int, NodeWeights], gpu: Any) -> None:
        self._analysis, self._weights, self._gpu = analysis, weights, gpu
        self._lock = RLock()
        self._process = os.getpid()
        self._shapes: OrderedDict[Any, _Shape] = OrderedDict()
        self._arena: Any = None
        self._capturing = True
        self._mark: Any = None
        half = analysis.precision == 'float16'
        self._overflow = gpu.upload(np.zeros(1, np.int32)) if half else None

    @property
    def precision(self) -> str:
        """In what it computes."""
        return self._analysis.precision

    @property
    def table(self) -> Any:
        """Which plans compute its convolutions, a `PlanTable`."""
        return self._gpu.table

    @property
    def nbytes(self) -> int:
        """Bytes of prepared weights."""
        arrays: list[Any] = []
        _mapped(self._weights, arrays.append)
        return sum(array.nbytes for array in arrays)

    def __call__(self, x: Any) -> Any:
        """Compute scores ``(N, n_class, H', W')`` float32 of network inputs ``(N, 3, H, W)``.

        Raises:
            TypeError: It was prepared in another process, from which this one was forked.
            ValueError: The inputs are too small for the network, or too many.
        """
        return self._run(x, None)[..., : self.n_class].transpose(0, 3, 1, 2)

    def labels(self, x: Any, tail: Tail) -> Any:
        """Compute the labels of one network input, by one graph.

        Args:
            x: ``(1, 3, H, W)``.
            tail: How they are made of its scores.

        Returns:
            As many labels as the tail asks for, row by row, of `label_type`.

        Raises:
            TypeError: As for scores.
            ValueError: As for scores.
        """
        return self._run(x, tail)

    @property
    def n_class(self) -> int:
        """How many classes there are."""
        return self._analysis.nodes[-1].channels

    def scores_size(self, size: tuple[int, int]) -> tuple[int, int]:
        """Tell the height and width of the scores of inputs of a height and width."""
        return self._analysis.program.sizes(size)[-1]

    def _run(self, x: Any, tail: Tail | None) -> Any:
        with self.entered() as gpu:
            x = gpu.contiguous(x if x.dtype in (np.uint8, np.float32) else x.astype(np.float32))
            shape = self._prepared(x, tail)
            gpu.copy(self._place(shape.input), gpu.pointer(x), x.nbytes)
            self._compute(shape)
            result = gpu.empty(shape.shape, shape.dtype)
            gpu.copy(gpu.pointer(result), self._place(shape.result), result.nbytes)
            return result

    @contextmanager
    def entered(self) -> Iterator[Any]:
        """Be alone in the block, with the device current.

        Yields:
            The device.
        """
        self._check_process()
        with self._lock, self._gpu.current():
            if self._mark is not None:
                self._gpu.wait(self._mark)
            try:
                yield self._gpu
            finally:
                self._mark = self._gpu.mark()

    @property
    def overflow(self) -> Any:
        """The flag that half precision did not do, an array of one number; None in other precisions."""
        return self._overflow

    def check(self, flag: bool | None = None) -> None:
        """Check that half precision did for all that was computed since the last check.

        Args:
            flag: Whether it did not, as far as the caller knows; None: ask the device, and wait for it.

        Raises:
            PrecisionError: It did not.
        """
        if self._overflow is None:
            return
        with self.entered() as gpu:
            if flag is None:
                flag = bool(gpu.download(self._overflow)[0])
            if flag:
                self._overflow.fill(0)
                raise PrecisionError(
                    f'numbers of this network do not fit into {self.precision}: use tf32 or float32 '
                    '(--precision)'
                )

    def close(self) -> None:
        """Give back the memory that is kept between calls. A later call takes it again."""
        with self.entered() as gpu:
            gpu.synchronize()
            self._forget()

    def _check_process(self) -> None:
        if os.getpid() != self._process:
            raise TypeError(
                'a network on a GPU cannot be used in a process that was forked from the one that prepared '
                'it: prepare it in each process, or start processes by the method spawn'
            )

    def _forget(self) -> None:
        self._shapes.clear()
        self._arena = None

    # Shapes.

    def _prepared(self, x: Any, tail: Tail | None) -> _Shape:
        """Return what is kept for a shape of inputs; write it down if it is new."""
        key = x.shape, x.dtype.str, tail
        if key in self._shapes:
            self._shapes.move_to_end(key)
        else:
            shape = self._written(x, tail)
            self._make_room(shape.tape.finish())
            shape.tape.bind(self._gpu.pointer(self._arena))
            self._shapes[key] = shape
            self._drop_least_recent()
        shape = self._shapes[key]
        shape.calls += 1
        return shape

    def _written(self, x: Any, tail: Tail | None) -> _Shape:
        tape = Tape(self._gpu)
        writer = Writer(
            self._analysis,
            self._weights,
            tape,
            batch=len(x),
            size=x.shape[2:],
            bytewise=x.dtype == np.uint8,
            overflow=self._overflow,
        )
        with self._gpu.agreeing():
            scores, shape = writer.write()
        if tail is None:
            tape.keep(scores, FOREVER)
            return _Shape(tape, writer.input, scores, shape, np.float32)
        labels, count = write_tail(tape, scores, shape, self.n_class, tail)
        tape.keep(labels, FOREVER)
        return _Shape(tape, writer.input, labels, (count,), label_type(self.n_class))

    def _make_room(self, nbytes: int) -> None:
        """Let the arena have so many bytes. What was captured in a smaller one is captured again."""
        if self._arena is not None and self._arena.nbytes >= nbytes:
            return
        shapes = list(self._shapes.items())
        self._gpu.synchronize()
        self._forget()  # first: there may not be room for both
        self._arena = self._gpu.empty((nbytes,), np.uint8)
        for key, shape in shapes:
            shape.launch, shape.calls = None, min(shape.calls, CAPTURED_AT - 1)
            shape.tape.bind(self._gpu.pointer(self._arena))
            self._shapes[key] = shape

    def _drop_least_recent(self) -> None:
        """Keep no more graphs than their budget allows, those of the shapes that came last."""
        nodes = 0
        for key in list(reversed(self._shapes)):
            nodes += len(self._shapes[key].tape)
            if nodes * BYTES_OF_A_COMMAND > GRAPH_BYTES and key != next(reversed(self._shapes)):
                del self._shapes[key]

    def _place(self, address: Address) -> int:
        return self._gpu.pointer(self._arena) + address.buffer.offset + address.shift

    # Computing.

    def _compute(self, shape: _Shape) -> None:
        if shape.launch is None and self._capturing and shape.calls >= CAPTURED_AT:
            try:
                shape.launch = self._gpu.capture(shape.tape.run)
            except Exception as error:  # whatever cannot be captured
                self._capturing = False
                _logger.warning('computing without CUDA graphs, more slowly: %s', error)
        if shape.launch is not None:
            shape.launch()
        else:
            self._gpu.follow()
            shape.tape.run()

    # Copies.

    def __getstate__(self) -> dict[str, Any]:
        """The program and its weights, in this computer's memory."""
        with self.entered() as gpu:
            return {
                'analysis': self._analysis,
                'weights': _mapped(self._weights, gpu.download),
                'gpu': gpu.recipe(),
            }

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Prepare anew, on the GPU of the same number."""
        make, arguments = state['gpu']
        gpu = make(**arguments)
        with gpu.current():
            weights = _mapped(state['weights'], gpu.upload)
            self.__init__(state['analysis'], weights, gpu)  # type: ignore[misc]


def _mapped(
    weights: dict[int, NodeWeights], change: Callable[[Any], Any]
) -> dict[int, NodeWeights]:
    """Weights with each array changed."""
    return {number: part.mapped(change) for number, part in weights.items()}
