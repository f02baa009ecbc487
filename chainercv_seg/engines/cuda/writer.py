"""Writes down the commands that compute a program for a batch of one shape."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np

from chainercv_seg.engines.cuda.analysis import Analysis
from chainercv_seg.engines.cuda.arithmetic import padded
from chainercv_seg.engines.cuda.memory import FOREVER
from chainercv_seg.engines.cuda.problem import Problem
from chainercv_seg.engines.cuda.tape import Address, Tape
from chainercv_seg.engines.cuda.weights import Kernel, NodeWeights
from chainercv_seg.engines.program import (
    Convolution,
    Image,
    Join,
    MaxPool,
    MeanPool,
    Separable,
    Size,
    Unpool,
)

#: Positions that a thread of the kernel `depthwise3` makes.
POSITIONS = 4


@dataclass(frozen=True)
class Stored:
    """A map as it lies in memory, ``(N, *size, channels)``, channels padded.

    Attributes:
        address: Where.
        size: Height and width.
        channels: Those in memory.
        split: Whether it is in two parts, the low one behind the high one.
    """

    address: Address
    size: Size
    channels: int
    split: bool = False


@dataclass(frozen=True)
class Unfinished:
    """The sums of a convolution, and what is still to be done to them: see `get` in the kernels.

    Attributes:
        address: Where they lie.
        size: Height and width.
        channels: Those in memory.
        parts: How many are to be added up.
        bias: The bias.
        residual: What is added, a stored map.
        more: What small maps contribute, ``(N, *size, channels)`` float32.
        relu: Whether negative results become 0.
    """

    address: Address
    size: Size
    channels: int
    parts: int = 1
    bias: Any = None
    residual: Stored | None = None
    more: Address | None = None
    relu: bool = False


class Writer:
    """Writes the commands for one shape.

    Args:
        analysis: What is known of the program.
        weights: Of each convolution.
        tape: What to write to.
        batch: How many network inputs.
        size: Height and width of them.
        bytewise: Whether they are bytes, else float32.
        overflow: Where kernels note that half precision did not do; None in other precisions.
    """

    def __init__(
        self,
        analysis: Analysis,
        weights: Mapping[int, NodeWeights],
        tape: Tape,
        *,
        batch: int,
        size: Size,
        bytewise: bool,
        overflow: Any,
    ) -> None:
        self.analysis, self.weights, self.tape, self.batch = analysis, weights, tape, batch
        self.bytewise, self.overflow = bytewise, overflow
        self.precision = analysis.precision
        self.sizes = analysis.program.sizes(size)
        self.itemsize = 2 if self.precision == 'float16' else 4
        self.maps: dict[int, Stored | Unfinished] = {}
        self.codes: dict[int, Address] = {}
        self.input = tape.buffer(batch * 3 * prod(size) * (1 if bytewise else 4))
        tape.keep(self.input, 0)

    def write(self) -> tuple[Address, tuple[int, int, int, int]]:
        """Write all commands.

        Returns:
            Where the scores come to lie, and their shape ``(N, height, width, channels)`` in float32; the
            channels are padded.
        """
        for number, node in enumerate(self.analysis.nodes):
            if isinstance(node, Separable):
                self._finish(number, self._separable(number, node))
            elif isinstance(node, Convolution):
                self._finish(number, self._convolution(number, node))
            elif isinstance(node, Image):
                self._image(number, node)
            elif isinstance(node, Unpool):
                self._unpool(number, node)
            elif isinstance(node, MaxPool):
                self._max_pool(number, node)
            elif isinstance(node, MeanPool):
                self._mean_pool(number, node)
            elif isinstance(node, Join) and self.analysis.source(number) == number:
                self._join(number)
        return self._scores(len(self.analysis.nodes) - 1)

    # Maps and what kernels are told of them.

    def stored(self, number: int) -> Stored:
        """Return a map that is finished."""
        found = self.maps[number]
        assert isinstance(found, Stored)
        return found

    def quads(self, x: Stored | Unfinished) -> int:
        """Count the quads of a map of a whole batch."""
        return self.batch * prod(x.size) * x.channels // 4

    def new(self, size: Size, channels: int, *, split: bool = False) -> Stored:
        """Ask for memory for a map."""
        nbytes = self.batch * prod(size) * channels * self.itemsize * (2 if split else 1)
        return Stored(self.tape.buffer(nbytes), size, channels, split)

    def new_map(self, number: int) -> Stored:
        """Ask for memory for the map of an operation, or for all maps that are joined."""
        parts = self.analysis.parts(number) if self._is_join(number) else ()
        channels = sum(p.channels for p in parts) or self.analysis.nodes[number].channels
        size = self.sizes[number]
        made = self.new(size, padded(channels, self.precision), split=number in self.analysis.split)
        self.maps[number] = made
        return made

    def _is_join(self, number: int) -> bool:
        return isinstance(self.analysis.nodes[number], Join)

    def low(self, x: Stored) -> np.int64:
        """Tell how many quads behind a high part the low one lies; 0 for whole maps."""
        return np.int64(self.quads(x) if x.split else 0)

    def read(self, x: Stored | Unfinished) -> tuple[Any, int, np.int64]:
        """Return the arguments by which kernels read a map."""
        parts = (2 if x.split else 1) if isinstance(x, Stored) else x.parts
        return x.address, parts, np.int64(self.quads(x))

    def sums(self, x: Stored | Unfinished) -> tuple[Any, ...]:
        """Return those by which they read one to be finished: the map, the bias, the residual map."""
        if isinstance(x, Stored):
            return (*self.read(x), None, None, 0, np.int64(0))
        residual = (None, 0, np.int64(0)) if x.residual is None else self.read(x.residual)
        return (*self.read(x), x.bias, *residual)

    # Convolutions.

    def _convolve(
        self, x: Stored, kernel: Kernel, *, stride: int = 1, pad: int = 0, dilate: int = 1
    ) -> Unfinished:
        """Write down the convolutions that make the sums of one."""
        O, C, kh, kw = kernel.shape
        problem = Problem(
            x=(self.batch, C, *x.size),
            kernel=kernel.shape,
            stride=(stride, stride),
            pad=(pad, pad),
            dilate=(dilate, dilate),
            channels_last=True,
            precision=kernel.sums.precision,
        )
        size = problem.y[2], problem.y[3]
        each = self.batch * prod(size) * O * self.itemsize
        parts = (3 if kernel.sums.split else 1) * len(kernel.arrays)
        made = Unfinished(self.tape.buffer(parts * each), size, O, parts)
        if not kernel.sums.split:
            self.tape.convolve(problem, x.address, kernel.arrays[0][0], made.address)
            return made
        for k, (piece, (high, low)) in enumerate(
            zip(kernel.sums.pieces, kernel.arrays, strict=True)
        ):
            y = made.address.shift + 3 * k * each
            source = self._cut(x, piece) if len(kernel.arrays) > 1 else x
            C = source.channels
            one = replace(problem, x=(self.batch, C, *x.size), kernel=(O, C, kh, kw))
            both = replace(one, x=(2 * self.batch, *one.x[1:]))
            self.tape.convolve(both, source.address, high, Address(made.address.buffer, y))
            y += 2 * each
            self.tape.convolve(one, source.address, low, Address(made.address.buffer, y))
        return made

    def _cut(self, x: Stored, piece: slice) -> Stored:
        """Write down the copying of some channels."""
        part = self.new(x.size, piece.stop - piece.start, split=True)
        C4 = part.channels // 4
        source, _, step = self.read(x)
        arguments = (C4, x.channels // 4, piece.start // 4)
        self.tape.kernel(
            'cut', self.quads(part), source, step, part.address, self.low(part), self.quads(part),
            *arguments,
        )  # fmt: skip
        return part

    def _convolution(self, number: int, node: Convolution) -> Unfinished:
        weights = self.weights[number]
        join = node.x.number
        x = self.stored(self.analysis.source(join))
        made = self._convolve(
            x, weights.kernel, stride=node.stride, pad=node.pad, dilate=node.dilate
        )
        more = None
        for part, kernel in weights.small.items():
            options = node.pad, self._aligned(join)
            more = self._small_map(part, kernel, made, options, x.size, more)
        residual = None if node.add is None else self.stored(node.add.number)
        return replace(made, bias=weights.bias, residual=residual, more=more, relu=node.relu)

    def _small_map(
        self,
        part: int,
        kernel: Kernel,
        made: Unfinished,
        options: tuple[int, bool],
        size: Size,
        more: Address | None,
    ) -> Address:
        """Write down what a convolution makes of a small map that is resized to ``size``.

        ``options`` are its padding and whether corners are aligned.
        """
        x = self.stored(part)
        taps = self._convolve(x, kernel)
        k = self._taps(kernel, made.channels)
        (h, w), (H, W), (height, width) = x.size, size, made.size
        C4 = made.channels // 4
        wide = self.tape.buffer(self.batch * h * k * width * C4 * 16)
        n = self.batch * h * k * width * C4
        self.tape.kernel(
            'spread_columns', n, *self.read(taps), wide, n, C4, w, W, width, k, *options,
            self.overflow,
        )  # fmt: skip
        total = more or self.tape.buffer(self.batch * height * width * C4 * 16)
        n = self.batch * height * width * C4
        self.tape.kernel(
            'spread_rows', n, wide, total, n, C4, h, H, height, width, k, *options, more is not None
        )
        return total

    @staticmethod
    def _taps(kernel: Kernel, channels: int) -> int:
        """Count the rows of taps of which a kernel was made that applies all to a small map."""
        return round((kernel.shape[0] / channels) ** 0.5)

    def _separable(self, number: int, node: Separable) -> Unfinished:
        weights = self.weights[number]
        assert weights.depthwise is not None
        x = self.stored(node.x.number)
        between = self.new(self.sizes[number], x.channels, split=self.analysis.splits_between(node))
        (H, W), (h, w), C4 = x.size, between.size, x.channels // 4
        rows, columns = node.weights.shape[2:]
        first = (*self.read(x), *weights.depthwise, between.address, self.low(between))
        relus = node.relu_in, node.relu_mid, self.overflow
        if (rows, columns, node.stride) == (3, 3, 1):
            groups = -(-w // (POSITIONS * node.dilate)) * node.dilate
            n = self.batch * h * groups * C4
            self.tape.kernel(
                'depthwise3', n, *first, n, C4, H, W, h, w, groups, node.pad, node.dilate, *relus
            )
        else:
            n = self.quads(between)
            geometry = rows, columns, node.stride, node.pad, node.dilate
            self.tape.kernel('depthwise', n, *first, n, C4, H, W, h, w, *geometry, *relus)
        made = self._convolve(between, weights.kernel)
        residual = None if node.add is None else self.stored(node.add.number)
        return replace(made, bias=weights.bias, residual=residual, relu=node.relu)

    def _finish(self, number: int, x: Unfinished) -> None:
        """Write down what comes after the sums of a convolution."""
        node = self.analysis.nodes[number]
        if number in self.analysis.deferred:
            self.maps[number] = x
            return
        C4 = x.channels // 4
        if isinstance(node, Convolution) and node.pool:
            self._pool(number, x)
            return
        join, channel = self.analysis.in_place.get(number, (number, 0))
        if join != number and self.sizes[join] == x.size:
            y = self.maps.get(join) or self.new_map(join)
            assert isinstance(y, Stored)
        else:
            y, channel = self.new_map(number), 0
        self.tape.kernel(
            'epilogue', self.quads(x), *self.sums(x), x.more, y.address, self.low(y), self.quads(x),
            C4, y.channels // 4, channel // 4, x.relu, self.overflow,
        )  # fmt: skip

    def _pool(self, number: int, x: Unfinished) -> None:
        if x.more is not None:
            raise AssertionError('no small map is left small before pooling')
        y, (H, W), C4 = self.new_map(number), x.size, x.channels // 4
        n = self.quads(y)
        self.codes[number] = self.tape.buffer(4 * n)
        self.tape.kernel(
            'pool2', n, *self.sums(x), y.address, self.low(y), self.codes[number], n, C4, H, W,
            *y.size, x.relu, self.overflow,
        )  # fmt: skip

    # Everything else.

    def _image(self, number: int, node: Image) -> None:
        y = self.new_map(number)
        response = node.local_response
        reach, *numbers = (-1, 1.0, 0.0, 0.0)
        if response is not None:
            reach = response.n // 2
            numbers = [float(response.k), float(response.alpha), float(response.beta)]
        pixels = prod(y.size)
        self.tape.kernel(
            'image', self.batch * pixels, self.input, self.bytewise, y.address, self.low(y),
            self.batch * pixels, pixels, y.channels // 4, reach, *numbers, self.overflow,
        )  # fmt: skip

    def _unpool(self, number: int, node: Unpool) -> None:
        x, y = self.maps[node.x.number], self.new_map(number)
        pooled = self.sizes[node.pooled.number]
        relu = isinstance(x, Unfinished) and x.relu
        self.tape.kernel(
            'unpool2', self.quads(y), *self.sums(x), self.codes[node.pooled.number], y.address,
            self.low(y), self.quads(y), y.channels // 4, *x.size, *pooled,
            y.size[0] // 2, y.size[1] // 2, relu, self.overflow,
        )  # fmt: skip

    def _max_pool(self, number: int, node: MaxPool) -> None:
        x, y = self.stored(node.x.number), self.new_map(number)
        self.tape.kernel(
            'max_pool', self.quads(y), *self.read(x), y.address, self.low(y), self.quads(y),
            y.channels // 4, *x.size, *y.size, node.window, node.stride, node.pad, self.overflow,
        )  # fmt: skip

    def _mean_pool(self, number: int, node: MeanPool) -> None:
        x, y = self.stored(node.x.number), self.new_map(number)
        # As many bins as there are results reach at most one position over their share.
        adaptive = node.bins is not None
        shares = [-(-a // b) + 1 for a, b in zip(x.size, y.size, strict=True)]
        height, width = shares if adaptive else node.window or x.size
        C4, windows = y.channels // 4, self.batch * prod(y.size)
        rows = 32 if height * width >= 32 else 8 if height * width >= 8 else 1
        self.tape.kernel_on(
            'means', (-(-C4 // 32), min(windows, 65535)), (32, rows), *self.read(x), y.address,
            self.low(y), windows, C4, *x.size, *y.size, height, width, adaptive, self.overflow,
        )  # fmt: skip

    def _aligned(self, number: int) -> bool:
        """Tell whether the maps of a join are resized with corners aligned."""
        node = self.analysis.nodes[number]
        return not isinstance(node, Join) or node.align_corners

    def _join(self, number: int) -> None:
        y = self.maps.get(number) or self.new_map(number)
        assert isinstance(y, Stored)
        whole = self.analysis.is_whole(number)
        if not whole:
            n = self.quads(y) * (2 if y.split else 1)
            self.tape.kernel('clear', n, y.address, n, self.overflow)
        channel = 0
        for part in self.analysis.parts(number):
            place = self.analysis.in_place.get(part.number)
            if not (place and place[0] == number and self.sizes[part.number] == y.size):
                x = self.stored(part.number)
                self._join_part(x, part.channels, y, channel, (whole, self._aligned(number)))
            channel += part.channels

    def _join_part(
        self, x: Stored, channels: int, y: Stored, channel: int, options: tuple[bool, bool]
    ) -> None:
        """Write down a map behind others; ``options``: in whole quads, and with corners aligned."""
        whole, aligned = options
        if not whole and x.size != y.size:
            resized = self.new(y.size, x.channels, split=x.split)
            self._resize(x, resized, 0, aligned)
            x = resized
        if whole:
            self._resize(x, y, channel, aligned)
            return
        n = self.batch * prod(y.size) * channels
        self.tape.kernel(
            'move_channels', n, *self.read(x), y.address, self.low(y), n, channels, x.channels // 4,
            y.channels // 4, channel, self.overflow,
        )  # fmt: skip

    def _resize(self, x: Stored, y: Stored, channel: int, aligned: bool) -> None:
        n = self.batch * prod(y.size) * x.channels // 4
        self.tape.kernel(
            'resize', n, *self.read(x), y.address, self.low(y), n, x.channels // 4, *x.size, *y.size,
            y.channels // 4, channel // 4, aligned, self.overflow,
        )  # fmt: skip

    def _scores(self, number: int) -> tuple[Address, tuple[int, int, int, int]]:
        x = self.maps[number]
        n = self.quads(x)
        scores = self.tape.buffer(16 * n)
        more, relu = (x.more, x.relu) if isinstance(x, Unfinished) else (None, False)
        self.tape.kernel(
            'scores', n, *self.sums(x), more, scores, n, x.channels // 4, relu, self.overflow
        )
        self.tape.keep(scores, FOREVER)
        return scores, (self.batch, *x.size, x.channels)
