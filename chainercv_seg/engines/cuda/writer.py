"""Writes down the commands that compute a program for a batch of one shape."""

from math import prod

from chainercv_seg.engines.cuda.convolution_writer import ConvolutionWriter
from chainercv_seg.engines.cuda.stored_maps import Stored, Unfinished
from chainercv_seg.engines.cuda.tape import Address
from chainercv_seg.engines.program import (
    Convolution,
    Image,
    Join,
    MaxPool,
    MeanPool,
    Separable,
    Unpool,
)


class Writer(ConvolutionWriter):
    """Writes the commands for one shape; arguments as for `StoredMaps`."""

    def write(self) -> tuple[Address, tuple[int, int, int, int]]:
        """Write all commands.

        Returns:
            Where the scores come to lie, and their shape ``(N, height, width, channels)`` in float32; the
            channels are padded.
        """
        for number, node in enumerate(self.analysis.nodes):
            if isinstance(node, Separable):
                self.finish(number, self.separable(number, node))
            elif isinstance(node, Convolution):
                self.finish(number, self.convolution(number, node))
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
                self._join_part(x, part.channels, y, channel, (whole, self.aligned(number)))
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
        return scores, (self.batch, *x.size, x.channels)
