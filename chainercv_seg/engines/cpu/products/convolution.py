"""Convolution as matrix products: 1x1 directly, others by gathering each position's patch.

Rows of the map go through in pieces, so that the patches take a few megabytes and bias, residual
and ReLU find the product still in the cache. Cost: C * O * kh * kw multiplications a position;
error that of the matrix product. Works without numba too.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from chainercv_seg.engines.cpu.bfloat16 import (
    Words,
    in_order,
    in_pairs,
    multiplied,
    result_map,
    words,
    written,
)
from chainercv_seg.engines.cpu.compiled import COMPILED, kernel
from chainercv_seg.engines.cpu.lanes import LANES, load_some, store_some
from chainercv_seg.engines.cpu.products.panels import lay_out, panel_product
from chainercv_seg.engines.cpu.scratch import scratch
from chainercv_seg.engines.cpu.threads import share

FloatArray = npt.NDArray[np.float32]

#: Floats of patches or of products that go through at a time, so that they stay in the cache.
PIECE = 1 << 19
#: A BLAS's product has at least this many rows, below which its speed falls.
LEAST_ROWS = 256


@dataclass(frozen=True)
class MatmulWeights:
    """A kernel laid out for `matmul_convolution`.

    Attributes:
        matrix: ``(kh * kw * C, O)`` from `lay_out`, or `in_pairs` of it.
        kernel: Its height and width.
        channels: In and out.
    """

    matrix: Words
    kernel: tuple[int, int]
    channels: tuple[int, int]

    @property
    def depth(self) -> int:
        """Words of a position's patch."""
        return words(self.kernel[0] * self.kernel[1] * self.channels[0], self.matrix)


def prepare_matmul(W: FloatArray, *, bfloat16: bool = False) -> MatmulWeights:
    """Lay out a kernel ``(O, C, kh, kw)`` once."""
    O, C, kh, kw = W.shape
    matrix = np.ascontiguousarray(W.transpose(2, 3, 1, 0)).reshape(kh * kw * C, O)
    panels = lay_out(matrix)
    return MatmulWeights(in_pairs(panels) if bfloat16 else panels, (kh, kw), (C, O))


@kernel
def gather(
    x: Words,
    first: int,
    last: int,
    width: int,
    kernel_size: tuple[int, int],
    stride: int,
    pad: int,
    dilate: int,
    rows: Words,
) -> None:
    """Write the patches of the result's rows, counted over images, into ``rows``, and zeros behind them."""
    _, H, W, C = x.shape
    height = (H + 2 * pad - dilate * (kernel_size[0] - 1) - 1) // stride + 1
    o = 0
    for line in range(first, last):
        n, i = divmod(line, height)
        for j in range(width):
            end = o + rows.shape[1]
            for u in range(kernel_size[0]):
                h = i * stride - pad + u * dilate
                for v in range(kernel_size[1]):
                    w = j * stride - pad + v * dilate
                    inside = 0 <= h < H and 0 <= w < W
                    at = ((n * H + h) * W + w) * C
                    for k in range(0, C, LANES):
                        a = load_some(x, at + k, C - k if inside else 0)
                        store_some(rows, o + k, a, end - o - k)
                    o += C
            o = end


def _gather_numpy(
    x: FloatArray,
    first: int,
    last: int,
    size: tuple[int, int],
    weights: MatmulWeights,
    stride: int,
    dilate: int,
    rows: FloatArray,
) -> None:
    """Do what `gather` does, from a map that is padded already."""
    (height, width), (kh, kw) = size, weights.kernel
    patches = rows.reshape(-1, width, kh, kw, x.shape[3])
    for line in range(first, last):
        n, i = divmod(line, height)
        for u in range(kh):
            for v in range(kw):
                source = x[n, i * stride + u * dilate, v * dilate :]
                patches[line - first, :, u, v] = source[: width * stride : stride]


def matmul_convolution(
    x: Words,
    weights: MatmulWeights,
    *,
    bias: FloatArray | None = None,
    stride: int = 1,
    pad: int = 0,
    dilate: int = 1,
    residual: FloatArray | None = None,
    relu: bool = False,
    as_bfloat16: bool = False,
) -> Words:
    """Convolve a map by matrix products.

    Args:
        x: ``(N, H, W, C)`` float32, or uint16 for the bits of bfloat16 where the weights are such.
        weights: From `prepare_matmul`.
        bias: ``(O,)`` float32, added.
        stride: Distance between the positions of the result.
        pad: Rows and columns of zeros on each side.
        dilate: Distance between the kernel's taps.
        residual: Float32 of the result's shape, added.
        relu: Whether negative results become 0.
        as_bfloat16: Whether the result is rounded to it.

    Returns:
        ``(N, (H + 2 pad - dilate (kh - 1) - 1) // stride + 1, likewise, O)`` float32, or uint16 for the bits
        of bfloat16.

    Raises:
        ValueError: The channels or the residual do not fit, or the map is smaller than the kernel.
    """
    N, H, W, C = x.shape
    kh, kw = weights.kernel
    O = weights.channels[1]
    height = (H + 2 * pad - dilate * (kh - 1) - 1) // stride + 1
    width = (W + 2 * pad - dilate * (kw - 1) - 1) // stride + 1
    if weights.channels[0] != C:
        raise ValueError(f'expected {weights.channels[0]} channels, found {C}: {x.shape}')
    if min(height, width) < 1:
        raise ValueError(f'expected a map of at least {kh} by {kw} with its padding: {x.shape}')
    if residual is not None and residual.shape != (N, height, width, O):
        raise ValueError(f'expected a residual of {(N, height, width, O)}, not {residual.shape}')
    y = result_map((N, height, width, O), as_bfloat16)
    table = y.reshape(-1, O)
    if residual is not None:
        residual = np.ascontiguousarray(residual, np.float32).reshape(-1, O)
    x = in_order(x)
    # What products read lies there already, unless it has to be rounded or rows begin amid a pair.
    in_words = x.view(np.uint32) if x.dtype == np.uint16 and C % 2 == 0 else x
    as_it_is = (kh, kw, stride, pad) == (1, 1, 1, 0) and in_words.dtype == weights.matrix.dtype
    if not as_it_is and pad and not COMPILED:
        x = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    lines = max(-(-LEAST_ROWS // width), PIECE // (width * max(weights.depth, O)))

    def work(start: int, stop: int) -> None:
        for first in range(start, stop, lines):
            last = min(stop, first + lines)
            here = slice(first * width, last * width)
            more = None if residual is None else residual[here]
            options: dict[str, Any] = {'bias': bias, 'residual': more, 'relu': relu}
            if as_it_is:
                left = in_words.reshape(-1, weights.depth)[here]
                panel_product(left, weights.matrix, table[here], **options)
                continue
            with scratch(((last - first) * width, weights.depth)) as (rows,):
                if COMPILED:
                    patches = written(rows, weights.matrix)
                    gather(x, first, last, width, (kh, kw), stride, pad, dilate, patches)
                else:
                    _gather_numpy(x, first, last, (height, width), weights, stride, dilate, rows)
                left = multiplied(rows, weights.matrix)
                panel_product(left, weights.matrix, table[here], **options)

    share(work, N * height, piece=1 if COMPILED else lines)
    return y
