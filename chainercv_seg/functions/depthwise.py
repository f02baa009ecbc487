"""Depthwise convolution in one pass, alone or straight into the 1x1 product that follows it.

Cost: kh * kw multiplications a position and channel; bound by reading and writing the map once,
which the product that follows saves half of. Error: that of a sum of kh * kw products.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chainercv_seg.functions.compiled import COMPILED, kernel, part
from chainercv_seg.functions.lanes import load_some, maximum, splat, store_some
from chainercv_seg.functions.matmul_convolution import LEAST_ROWS, MatmulWeights, finish
from chainercv_seg.functions.scratch import aligned, scratch
from chainercv_seg.functions.threads import parallel, piece_size

FloatArray = npt.NDArray[np.float32]

#: Floats of the map between depthwise and 1x1 convolution that are held at a time: 8 MB. BLAS
#: rearranges the weights for each product anew, which in smaller pieces costs more than the cache
#: saves.
PIECE = 1 << 21


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

    def result_size(self, x: FloatArray) -> tuple[int, int]:
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

    def write_lines(
        self, x: FloatArray, height: int, start: int, stop: int, lines: FloatArray
    ) -> None:
        """Write the result's rows, counted over images, into ``(stop - start, width, C)``."""
        if COMPILED:
            _depthwise(
                x, start, stop, height, self.weights, self.bias, self.stride, self.pad,
                self.dilate, self.relu_before, self.relu, lines,
            )  # fmt: skip
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
def _tap(x, at, W, k, some, low):  # type: ignore[no-untyped-def]
    return maximum(load_some(x, at, some), low) * load_some(W, k, some)


@kernel
def _depthwise(x, start, stop, height, W, bias, stride, pad, dilate, relu_before, relu, lines):  # type: ignore[no-untyped-def]
    kh, kw, C = W.shape
    _, rows, columns, _ = x.shape
    low = splat(np.float32(0) if relu_before else np.float32(-np.inf))
    floor = splat(np.float32(0) if relu else np.float32(-np.inf))
    right = dilate * C
    o = 0
    for line in range(start, stop):
        n, i = divmod(line, height)
        h = i * stride - pad
        for j in range(lines.shape[1]):
            w = j * stride - pad
            at0 = ((n * rows + h) * columns + w) * C
            within = h >= 0 and w >= 0 and h + 2 * dilate < rows and w + 2 * dilate < columns
            at0 = ((n * rows + h) * columns + w) * C
            if kh == 3 and kw == 3 and within:  # the usual case, without branches inside
                at1 = at0 + dilate * columns * C
                at2 = at1 + dilate * columns * C
                for k in range(0, C, 16):
                    some = C - k
                    a = load_some(bias, k, some) + _tap(x, at0 + k, W, k, some, low)
                    b = _tap(x, at1 + k, W, 3 * C + k, some, low)
                    c = _tap(x, at2 + k, W, 6 * C + k, some, low)
                    a += _tap(x, at0 + k + right, W, C + k, some, low)
                    b += _tap(x, at1 + k + right, W, 4 * C + k, some, low)
                    c += _tap(x, at2 + k + right, W, 7 * C + k, some, low)
                    a += _tap(x, at0 + k + 2 * right, W, 2 * C + k, some, low)
                    b += _tap(x, at1 + k + 2 * right, W, 5 * C + k, some, low)
                    c += _tap(x, at2 + k + 2 * right, W, 8 * C + k, some, low)
                    store_some(lines, o + k, maximum(a + b + c, floor), some)
            else:
                for k in range(0, C, 16):
                    store_some(lines, o + k, load_some(bias, k, C - k), C - k)
                for u in range(kh):
                    for v in range(kw):
                        if 0 <= h + u * dilate < rows and 0 <= w + v * dilate < columns:
                            at = at0 + u * dilate * columns * C + v * right
                            for k in range(0, C, 16):
                                some = C - k
                                a = _tap(x, at + k, W, (u * kw + v) * C + k, some, low)
                                store_some(lines, o + k, load_some(lines, o + k, some) + a, some)
                for k in range(0, C, 16):
                    a = maximum(load_some(lines, o + k, C - k), floor)
                    store_some(lines, o + k, a, C - k)
            o += C


def separable_convolution(
    x: FloatArray,
    depthwise: DepthwiseConvolution,
    weights: MatmulWeights,
    *,
    bias: FloatArray | None = None,
    residual: FloatArray | None = None,
    relu: bool = False,
) -> FloatArray:
    """Convolve depthwise, then 1x1; the map between them never leaves the cache.

    Args:
        x: ``(N, H, W, C)`` float32.
        depthwise: The first convolution.
        weights: The second, from `prepare_matmul`.
        bias: ``(O,)`` float32, added at the end.
        residual: Float32 of the result's shape, added at the end.
        relu: Whether negative results become 0 at the end.

    Returns:
        ``(N, height, width, O)`` float32.

    Raises:
        ValueError: The channels or the residual do not fit, or the map is smaller than the kernel.
    """
    height, width = depthwise.result_size(x)
    N, C, O = x.shape[0], x.shape[3], weights.channels[1]
    if weights.kernel != (1, 1) or weights.channels[0] != C:
        raise ValueError(f'expected a 1 by 1 kernel of {C} channels, found {weights.channels[0]}')
    if residual is not None and residual.shape != (N, height, width, O):
        raise ValueError(f'expected a residual of {(N, height, width, O)}, not {residual.shape}')
    x = np.ascontiguousarray(x, np.float32)
    y = aligned((N, height, width, O))
    table = y.reshape(-1, O)
    if residual is not None:
        residual = np.ascontiguousarray(residual, np.float32).reshape(-1, O)
    least = -(-LEAST_ROWS // width)
    lines = piece_size(N * height, max(least, PIECE // (width * max(C, O))), least)

    def work(start: int, stop: int) -> None:
        for first in range(start, stop, lines):
            last = min(stop, first + lines)
            between = scratch('patches', (last - first, width, C))
            depthwise.write_lines(x, height, first, last, between)
            rows = slice(first * width, last * width)
            np.matmul(between.reshape(-1, C), weights.matrix, out=table[rows])
            finish(table, rows.start, rows.stop, bias=bias, residual=residual, relu=relu)

    parallel(work, N * height, piece=lines)
    return y
