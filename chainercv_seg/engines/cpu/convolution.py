"""A convolution prepared for inference: its method is chosen once, by what it will cost."""

import math
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from chainercv_seg.engines.cpu.bfloat16 import Words
from chainercv_seg.engines.cpu.costs import cheapest, convolution_costs
from chainercv_seg.engines.cpu.fft.convolution import (
    FFTWeights,
    fft_convolution,
    prepare_fft,
)
from chainercv_seg.engines.cpu.pooling import max_pool_with_codes, unpool
from chainercv_seg.engines.cpu.products.convolution import (
    MatmulWeights,
    matmul_convolution,
    prepare_matmul,
)
from chainercv_seg.engines.cpu.winograd.convolution import (
    WinogradWeights,
    prepare_winograd,
    winograd_convolution,
)

FloatArray = npt.NDArray[np.float32]
CodeArray = npt.NDArray[np.int8]


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
        as_bfloat16: Whether the result is rounded to it, which FFT's is not.
    """

    weights: FFTWeights | WinogradWeights | MatmulWeights
    bias: FloatArray | None
    stride: int
    pad: int
    dilate: int
    relu: bool
    as_bfloat16: bool = False

    def __call__(self, x: Words, residual: FloatArray | None = None) -> Words:
        """Convolve a map.

        Args:
            x: ``(N, H, W, C)`` float32, or, for matrix products of bfloat16, uint16 for its bits.
            residual: Float32 of the result's shape, added before ReLU.

        Returns:
            ``(N, height, width, O)`` float32, or uint16 for the bits of bfloat16.

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
        options.update(
            pad=self.pad, dilate=self.dilate, residual=residual, as_bfloat16=self.as_bfloat16
        )
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
    bfloat16: bool = False,
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
        bfloat16: Whether what products read may be rounded to it. Winograd's would lose too much.
        method: A key of `convolution_costs`, to choose it oneself.

    Returns:
        The prepared convolution.

    Raises:
        ValueError: The method cannot compute this convolution.
    """
    costs = convolution_costs(
        W.shape, stride=stride, dilate=dilate, pool=pool, positions=positions, bfloat16=bfloat16
    )
    method = method or cheapest(costs)
    if method not in costs:
        raise ValueError(f'expected one of the methods {sorted(costs)}, found {method!r}')
    prepare: dict[str, Any] = {
        'fft': partial(prepare_fft, bfloat16=bfloat16),
        'winograd': prepare_winograd,
        'matmul': partial(prepare_matmul, bfloat16=bfloat16),
    }
    shift = None if bias is None else np.asarray(bias, np.float32)
    weights = prepare[method](np.asarray(W, np.float32))
    return Convolution(weights, shift, stride, pad, dilate, relu)
