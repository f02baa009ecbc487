"""A convolution prepared for inference: its method is chosen once, by what it will cost."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from chainercv_seg.functions.compiled import COMPILED
from chainercv_seg.functions.fft_convolution import (
    TILES_AT_A_TIME,
    FFTWeights,
    fft_convolution,
    prepare_fft,
)
from chainercv_seg.functions.fft_tiles import GROUP, SIZE, F
from chainercv_seg.functions.lanes import round_up
from chainercv_seg.functions.matmul_convolution import (
    MatmulWeights,
    matmul_convolution,
    prepare_matmul,
)
from chainercv_seg.functions.pooling import max_pool_with_codes, unpool
from chainercv_seg.functions.winograd import (
    WinogradWeights,
    prepare_winograd,
    tiles_at_a_time,
    winograd_convolution,
)

FloatArray = npt.NDArray[np.float32]
CodeArray = npt.NDArray[np.int8]

#: Floating-point operations of a matrix product, and bytes that are written and read, in a
#: nanosecond of one core with AVX-512: patches and the spectra of FFT tiles, and Winograd's tiles,
#: which are smaller and stay in the cache. Only the ratios decide: other cores shrink all alike.
OPERATIONS = 100.0
BYTES = 5.0
WINOGRAD_BYTES = 9.0
#: Nanoseconds for each pair of channels that transforming a kernel takes: for each tap by matmul.
FFT_PREPARATION, WINOGRAD_PREPARATION, MATMUL_PREPARATION = 1700.0, 180.0, 2.0


def _transformed_cost(
    products: int, positions: int, tiles: int, C: int, O: int, speed: float
) -> float:
    """Estimate a position's cost where ``products`` products make a tile of ``positions``.

    Tiles are written and read once, weights once for so many tiles.
    """
    transport = 4 * (C + O) + 4 * C * O / tiles
    return products / positions * (2 * C * O / OPERATIONS + transport / speed)


def convolution_costs(
    shape: tuple[int, int, int, int],
    *,
    stride: int = 1,
    dilate: int = 1,
    pool: bool = False,
    positions: float = math.inf,
) -> dict[str, float]:
    """Estimate what each method costs that can compute a convolution.

    Args:
        shape: (O, C, kh, kw) of the kernel.
        stride: Distance between the positions of the result.
        dilate: Distance between the kernel's taps.
        pool: Whether 2 by 2 pooling follows, which the FFT does in passing.
        positions: Of the result, in all of its uses: the kernel is transformed once for them.

    Returns:
        Nanoseconds a position of the result, by method: ``'matmul'``, and where it applies
        ``'winograd'`` and ``'fft'``. The map is taken to be large against a tile.
    """
    O, C, kh, kw = shape
    patches = 0 if kh * kw == stride == 1 else 2 * kh * kw * C / BYTES
    pooling = 2 * 4 * O / BYTES if pool else 0
    product = 2 * kh * kw * C * round_up(O) / OPERATIONS  # its vectors are as long
    pairs = C * O / positions
    costs = {'matmul': product + patches + pooling + MATMUL_PREPARATION * kh * kw * pairs}
    if not COMPILED or stride != 1:
        return costs
    if (kh, kw) == (3, 3):
        c, o = round_up(C), round_up(O)
        tiles = tiles_at_a_time(c, o)
        cost = _transformed_cost(36, 16, tiles, c, o, WINOGRAD_BYTES)
        costs['winograd'] = cost + pooling + WINOGRAD_PREPARATION * pairs
    if dilate == 1 and max(kh, kw) < SIZE:
        c, o = round_up(C, GROUP), round_up(O, GROUP)
        valid = (SIZE - max(kh, kw) + 1) ** 2
        cost = _transformed_cost(3 * F, valid, TILES_AT_A_TIME, c, o, BYTES)
        costs['fft'] = cost + FFT_PREPARATION * pairs
    return costs


@dataclass(frozen=True)
class Convolution:
    """A prepared convolution. Make it by `prepare_convolution`.

    Attributes:
        weights: The kernel, transformed for its method.
        bias: ``(O,)`` float32, or None.
        stride: Distance between the positions of the result.
        pad: Rows and columns of zeros on each side.
        dilate: Distance between the kernel's taps.
        relu: Whether negative results become 0.
    """

    weights: FFTWeights | WinogradWeights | MatmulWeights
    bias: FloatArray | None
    stride: int
    pad: int
    dilate: int
    relu: bool

    def __call__(self, x: FloatArray, residual: FloatArray | None = None) -> FloatArray:
        """Convolve a map.

        Args:
            x: ``(N, H, W, C)`` float32.
            residual: Float32 of the result's shape, added before ReLU.

        Returns:
            ``(N, height, width, O)`` float32.

        Raises:
            ValueError: The channels or the residual do not fit, or the map is smaller than the
                kernel.
        """
        options: dict[str, Any] = {'bias': self.bias, 'relu': self.relu}
        if isinstance(self.weights, FFTWeights):
            pad = (self.pad, self.pad)
            if residual is None:
                return fft_convolution(x, self.weights, pad=pad, **options)[0]
            options['relu'] = False
            y, _ = fft_convolution(x, self.weights, pad=pad, **options)
            y += residual
            return np.maximum(y, 0, out=y) if self.relu else y
        options.update(pad=self.pad, dilate=self.dilate, residual=residual)
        if isinstance(self.weights, WinogradWeights):
            return winograd_convolution(x, self.weights, **options)
        return matmul_convolution(x, self.weights, stride=self.stride, **options)

    def pooled(self, x: FloatArray) -> tuple[FloatArray, CodeArray]:
        """Convolve, then take the largest of each window of 2 by 2, in one pass where it can.

        Returns:
            What `max_pool_with_codes` returns.
        """
        if not isinstance(self.weights, FFTWeights):
            return max_pool_with_codes(self(x))
        pad = (self.pad, self.pad)
        y, codes = fft_convolution(
            x, self.weights, bias=self.bias, pad=pad, relu=self.relu, pool=True
        )
        assert codes is not None  # there are codes when there is pooling
        return y, codes

    def unpooled(self, x: FloatArray, codes: CodeArray) -> FloatArray:
        """Put values where pooling took them, then convolve, in one pass where it can.

        Args:
            x: ``(N, H, W, C)`` float32.
            codes: int8 of x's shape, from `max_pool_with_codes`.

        Returns:
            The result for a map of 2 H by 2 W.
        """
        if not isinstance(self.weights, FFTWeights):
            return self(unpool(x, codes))
        size = (2 * x.shape[1], 2 * x.shape[2])
        pad = (self.pad, self.pad)
        return fft_convolution(
            x, self.weights, bias=self.bias, pad=pad, relu=self.relu, unpool=(codes, size)
        )[0]


def prepare_convolution(
    W: npt.NDArray[np.floating],
    bias: npt.NDArray[np.floating] | None = None,
    *,
    stride: int = 1,
    pad: int = 0,
    dilate: int = 1,
    relu: bool = False,
    pool: bool = False,
    positions: float = math.inf,
    method: str | None = None,
) -> Convolution:
    """Choose the cheapest method of a convolution and transform its kernel.

    Args:
        W: ``(O, C, kh, kw)``, of any floating type.
        bias: ``(O,)``, or None.
        stride: Distance between the positions of the result.
        pad: Rows and columns of zeros on each side.
        dilate: Distance between the kernel's taps.
        relu: Whether negative results become 0.
        pool: Whether `Convolution.pooled` is what will be called.
        positions: Of the result, in all of its uses; many, unless it is used once.
        method: A key of `convolution_costs`, to choose it oneself.

    Returns:
        The prepared convolution.

    Raises:
        ValueError: The method cannot compute this convolution.
    """
    costs = convolution_costs(W.shape, stride=stride, dilate=dilate, pool=pool, positions=positions)
    method = method or min(costs, key=costs.__getitem__)
    if method not in costs:
        raise ValueError(f'expected one of the methods {sorted(costs)}, found {method!r}')
    prepare: Any = {'fft': prepare_fft, 'winograd': prepare_winograd, 'matmul': prepare_matmul}
    shift = None if bias is None else np.asarray(bias, np.float32)
    weights = prepare[method](np.asarray(W, np.float32))
    return Convolution(weights, shift, stride, pad, dilate, relu)
