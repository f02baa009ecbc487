"""Depthwise convolution in one pass, alone or straight into the 1x1 product that follows it.

Cost: kh * kw multiplications a position and channel; bound by reading and writing the map once,
which the product that follows saves half of. Error: that of a sum of kh * kw products.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chainercv_seg.engines.cpu.bfloat16 import Words, in_order, multiplied, result_map, written
from chainercv_seg.engines.cpu.compiled import COMPILED, kernel, part
from chainercv_seg.engines.cpu.lanes import LANES, load_some, maximum, prefetch, splat, store_some
from chainercv_seg.engines.cpu.products.convolution import LEAST_ROWS, MatmulWeights
from chainercv_seg.engines.cpu.products.panels import panel_product
from chainercv_seg.engines.cpu.scratch import aligned, scratch
from chainercv_seg.engines.cpu.threads import parallel, share

FloatArray = npt.NDArray[np.float32]

#: Floats of the map between depthwise and 1x1 convolution that are held at a time: 4 MB.
PIECE = 1 << 20


@dataclass(frozen=True)
class DepthwiseConvolution:
    """A prepared depthwise convolution.

    Attributes:
        weights: ``(kh, kw, C)`` float32.
        bias: ``(C,)`` float32.
        stride: Distance between the positions of the result.
        pad: Rows and columns of zeros on each side.
        dilate: Distance between the kernel's taps.
        relu_before: Whether negative inputes count as 0.
        relu: Whether negative results become 0.
    """

    weights: FloatArray
    bias: FloatArray
    stride: int = 1
    pad: int = 0
    dilate: int = 1
    relu_before: bool = False
    relu: bool = False

    @property
    def _slides(self) -> bool:
        """Whether it is a 3 by 3 kernel, the result has the map's size, and a row can be cached.

        Columns that are a multiple of 4 kB apart have their places in the same sets of the cache.
        """
        kh, kw, C = self.weights.shape
        return (kh, kw, self.stride, self.pad) == (3, 3, 1, self.dilate) and C % 1024 != 0

    def result_size(self, x: Words) -> tuple[int, int]:
        """Return the result's height and width.

        Raises:
            ValueError: The map has other channels or is smaller than the kernel.
        """
        kh, kw, C = self.weights.shape
        reach = self.dilate * (kh - 1) + 1, self.dilate * (kw - 1) + 1
        height = (x.shape[1] + 2 * self.pad - reach[0]) // self.stride + 1
        width = (x.shape[2] + 2 * self.pad - reach[1]) // self.stride + 1
        if x.shape[3] != C:
            raise ValueError(f'expected {C} channels, found {x.shape[3]}: {x.shape}')
        if min(height, width) < 1:
            raise ValueError(f'expected a map of at least {reach} with its padding: {x.shape}')
        return height, width

    def __call__(self, x: FloatArray) -> FloatArray:
        """Convolve ``(N, H, W, C)`` float32.

        Raises:
            ValueError: The map has other channels or is smaller than the kernel.
        """
        height, width = self.result_size(x)
        y = aligned((x.shape[0], height, width, x.shape[3]))
        lines = y.reshape(-1, width, x.shape[3])
        x = np.ascontiguousarray(x, np.float32)
        parallel(
            lambda start, stop: self.write_lines(x, height, start, stop, lines[start:stop]),
            len(lines),
        )
        return y

    def write_lines(self, x: Words, height: int, start: int, stop: int, lines: Words) -> None:
        """Write the result's rows, counted over images, into ``(stop - start, width, C)``.

        These, as ``x``, may be float32, or uint16 for the bits of bfloat16; what is more than C is 0 then.
        """
        if COMPILED:
            low, floor = (
                np.float32(0 if relu else -np.inf) for relu in (self.relu_before, self.relu)
            )
            if self._slides:
                _slide(x, start, stop, self.weights, self.bias, self.dilate, low, floor, lines)
            else:
                geometry = self.stride, self.pad, self.dilate
                _depthwise(
                    x, start, stop, height, self.weights, self.bias, geometry, low, floor, lines
                )
            return
        for line in range(start, stop):
            n, i = divmod(line, height)
            result = lines[line - start]
            result[...] = self.bias
            for u, v in np.ndindex(self.weights.shape[:2]):
                row = i * self.stride - self.pad + u * self.dilate
                if not 0 <= row < x.shape[1]:
                    continue
                shift = v * self.dilate - self.pad
                first = max(0, -(shift // self.stride))
                last = min(result.shape[0], (x.shape[2] - 1 - shift) // self.stride + 1)
                if last <= first:
                    continue
                taken = x[n, row, first * self.stride + shift :: self.stride][: last - first]
                if self.relu_before:
                    taken = np.maximum(taken, 0)
                result[first:last] += self.weights[u, v] * taken
            if self.relu:
                np.maximum(result, 0, out=result)


@part
def _three(W, at, C):  # type: ignore[no-untyped-def]
    some = C - at % C
    return load_some(W, at, some), load_some(W, at + C, some), load_some(W, at + 2 * C, some)


@kernel
def _slide(x, start, stop, W, bias, dilate, low, floor, lines):  # type: ignore[no-untyped-def]
    """Keep the weights and the neighbours of a vector of channels in registers, along a row."""
    _, rows, columns, C = x.shape
    pitch = lines.shape[2]
    low, floor, zero = splat(low), splat(floor), splat(np.float32(0))
    step = dilate * C
    for line in range(start, stop):
        h = line % rows
        for k in range(0, C, LANES):
            some, room = C - k, pitch - k
            shift = load_some(bias, k, some)
            w0, w1, w2 = _three(W, k, C)
            w3, w4, w5 = _three(W, 3 * C + k, C)
            w6, w7, w8 = _three(W, 6 * C + k, C)
            above = some if h >= dilate else 0
            below = some if h + dilate < rows else 0
            for first in range(min(dilate, columns)):
                o = ((line - start) * columns + first) * pitch + k
                at1 = (line * columns + first) * C + k
                at0, at2 = at1 - columns * step, at1 + columns * step
                a0 = a1 = a2 = zero
                b0 = maximum(load_some(x, at0, above), low)
                b1 = maximum(load_some(x, at1, some), low)
                b2 = maximum(load_some(x, at2, below), low)
                for _ in range(first + dilate, columns, dilate):
                    at0 += step
                    at1 += step
                    at2 += step
                    prefetch(x, at2 + columns * C)  # for the next line
                    c0 = maximum(load_some(x, at0, above), low)
                    c1 = maximum(load_some(x, at1, some), low)
                    c2 = maximum(load_some(x, at2, below), low)
                    p = shift + a0 * w0 + b0 * w1 + c0 * w2
                    q = a1 * w3 + b1 * w4 + c1 * w5
                    r = a2 * w6 + b2 * w7 + c2 * w8
                    store_some(lines, o, maximum(p + q + r, floor), room)
                    o += dilate * pitch
                    a0, a1, a2 = b0, b1, b2
                    b0, b1, b2 = c0, c1, c2
                p = shift + a0 * w0 + b0 * w1
                q = a1 * w3 + b1 * w4
                r = a2 * w6 + b2 * w7
                store_some(lines, o, maximum(p + q + r, floor), room)


@kernel
def _depthwise(x, start, stop, height, W, bias, geometry, low, floor, lines):  # type: ignore[no-untyped-def]
    """Add up what lies under the kernel, a vector of channels after the others."""
    stride, pad, dilate = geometry
    kh, kw, C = W.shape
    _, rows, columns, _ = x.shape
    pitch = lines.shape[2]
    low, floor = splat(low), splat(floor)
    places, taps = np.empty(kh * kw, np.int64), np.empty(kh * kw, np.int64)
    o = 0
    for line in range(start, stop):
        n, i = divmod(line, height)
        for j in range(lines.shape[1]):
            count = 0
            for u in range(kh):
                for v in range(kw):
                    h, w = i * stride - pad + u * dilate, j * stride - pad + v * dilate
                    if 0 <= h < rows and 0 <= w < columns:
                        places[count] = ((n * rows + h) * columns + w) * C
                        taps[count] = (u * kw + v) * C
                        count += 1
            for k in range(0, C, LANES):
                some = C - k
                total = load_some(bias, k, some)
                for t in range(count):
                    a = maximum(load_some(x, places[t] + k, some), low)
                    total = total + a * load_some(W, taps[t] + k, some)
                store_some(lines, o + k, maximum(total, floor), pitch - k)
            o += pitch


def separable_convolution(
    x: Words,
    depthwise: DepthwiseConvolution,
    weights: MatmulWeights,
    *,
    bias: FloatArray | None = None,
    residual: FloatArray | None = None,
    relu: bool = False,
    as_bfloat16: bool = False,
) -> Words:
    """Convolve depthwise, then 1x1; the map between them never leaves the cache.

    Args:
        x: ``(N, H, W, C)`` float32, or uint16 for the bits of bfloat16.
        depthwise: The first convolution.
        weights: The second, from `prepare_matmul`.
        bias: ``(O,)`` float32, added at the end.
        residual: Float32 of the result's shape, added at the end.
        relu: Whether negative results become 0 at the end.
        as_bfloat16: Whether the result is rounded to it.

    Returns:
        ``(N, height, width, O)`` float32, or uint16 for the bits of bfloat16.

    Raises:
        ValueError: The channels or the residual do not fit, or the map is smaller than the kernel.
    """
    height, width = depthwise.result_size(x)
    N, C, O = x.shape[0], x.shape[3], weights.channels[1]
    if weights.kernel != (1, 1) or weights.channels[0] != C:
        raise ValueError(f'expected a 1 by 1 kernel of {C} channels, found {weights.channels[0]}')
    if residual is not None and residual.shape != (N, height, width, O):
        raise ValueError(f'expected a residual of {(N, height, width, O)}, not {residual.shape}')
    x = in_order(x)
    y = result_map((N, height, width, O), as_bfloat16)
    table = y.reshape(-1, O)
    if residual is not None:
        residual = np.ascontiguousarray(residual, np.float32).reshape(-1, O)
    lines = max(-(-LEAST_ROWS // width), PIECE // (width * max(weights.depth, O)))

    def work(start: int, stop: int) -> None:
        for first in range(start, stop, lines):
            last = min(stop, first + lines)
            rows = slice(first * width, last * width)
            more = None if residual is None else residual[rows]
            with scratch((last - first, width, weights.depth)) as (between,):
                depthwise.write_lines(x, height, first, last, written(between, weights.matrix))
                panel_product(
                    multiplied(between, weights.matrix).reshape(-1, weights.depth),
                    weights.matrix,
                    table[rows],
                    bias=bias,
                    residual=more,
                    relu=relu,
                )

    share(work, N * height, piece=1 if COMPILED else lines)
    return y
