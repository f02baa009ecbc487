"""Writes down the commands of convolutions."""

from dataclasses import replace
from math import prod

from chainercv_seg.engines.cuda.problem import Problem
from chainercv_seg.engines.cuda.stored_maps import Stored, StoredMaps, Unfinished
from chainercv_seg.engines.cuda.tape import Address
from chainercv_seg.engines.cuda.weights import Kernel
from chainercv_seg.engines.program import Convolution, Separable, Size

#: Positions that a thread of the kernel `depthwise3` makes.
POSITIONS = 4


class ConvolutionWriter(StoredMaps):
    """Writes them; arguments as for `StoredMaps`."""

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

    def convolution(self, number: int, node: Convolution) -> Unfinished:
        """Write down the sums of a convolution, and of what small maps contribute."""
        weights = self.weights[number]
        join = node.x.number
        x = self.stored(self.analysis.source(join))
        made = self._convolve(
            x, weights.kernel, stride=node.stride, pad=node.pad, dilate=node.dilate
        )
        more = None
        for part, kernel in weights.small.items():
            options = node.pad, self.aligned(join)
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

    def separable(self, number: int, node: Separable) -> Unfinished:
        """Write down a depthwise convolution and the sums of the pointwise one."""
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

    def finish(self, number: int, x: Unfinished) -> None:
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
