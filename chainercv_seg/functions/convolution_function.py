"""Convolution for training on the CPU: Chainer's, with gradients, by FFT."""

from typing import Any

import chainer
import chainer.functions as F
import numpy as np

from chainercv_seg.functions.convolution import convolution_costs, prepare_convolution
from chainercv_seg.functions.fft_gradient import fft_weight_gradient


def _last(x: Any) -> Any:
    """Channels first to channels last; free where Chainer passes on what came from here."""
    return np.ascontiguousarray(np.moveaxis(x, 1, -1), np.float32)


class FFTConvolution2D(chainer.FunctionNode):
    """Convolution with stride 1 whose three passes go by FFT.

    Gradients are with respect to data, the same convolution with the kernel turned, and with
    respect to the kernel, one matrix product a frequency (`fft_weight_gradient`).

    Args:
        pad: Rows and columns of zeros on each side.
    """

    def __init__(self, pad: int) -> None:
        super().__init__()
        self.pad = pad

    def forward(self, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        """Convolve ``(N, C, H, W)`` with ``(O, C, k, k)``."""
        self.retain_inputs((0, 1))
        x, W = inputs
        y = prepare_convolution(W, pad=self.pad, method='fft')(_last(x))
        return (np.moveaxis(y, -1, 1),)

    def backward(self, indexes: tuple[int, ...], grads: tuple[Any, ...]) -> tuple[Any, ...]:
        """Differentiate; the gradients can themselves be differentiated."""
        x, W = self.get_retained_inputs()
        (gy,) = grads
        ksize = W.shape[2]
        results: list[Any] = []
        if 0 in indexes:
            turned = F.transpose(F.flip(F.flip(W, 2), 3), (1, 0, 2, 3))
            results.append(FFTConvolution2D(ksize - 1 - self.pad).apply((gy, turned))[0])
        if 1 in indexes:
            results.append(FFTConvolution2DWeights(ksize, self.pad).apply((x, gy))[0])
        return tuple(results)


class FFTConvolution2DWeights(chainer.FunctionNode):
    """The gradient of `FFTConvolution2D` with respect to its kernel.

    Args:
        ksize: Size of the kernel.
        pad: Rows and columns of zeros on each side.
    """

    def __init__(self, ksize: int, pad: int) -> None:
        super().__init__()
        self.ksize = ksize
        self.pad = pad

    def forward(self, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        """Correlate ``(N, C, H, W)`` with ``(N, O, H', W')``."""
        self.retain_inputs((0, 1))
        x, gy = (_last(array) for array in inputs)
        kernel, pad = (self.ksize, self.ksize), (self.pad, self.pad)
        return (fft_weight_gradient(x, gy, kernel=kernel, pad=pad),)

    def backward(self, indexes: tuple[int, ...], grads: tuple[Any, ...]) -> tuple[Any, ...]:
        """Differentiate: the operation is linear in both inputs."""
        x, gy = self.get_retained_inputs()
        (ggW,) = grads
        results: list[Any] = []
        if 0 in indexes:
            turned = F.transpose(F.flip(F.flip(ggW, 2), 3), (1, 0, 2, 3))
            results.append(FFTConvolution2D(self.ksize - 1 - self.pad).apply((gy, turned))[0])
        if 1 in indexes:
            results.append(FFTConvolution2D(self.pad).apply((x, ggW))[0])
        return tuple(results)


def convolution_2d(x: Any, W: Any, b: Any = None, *, pad: int = 0) -> chainer.Variable:
    """Convolve with stride 1, by FFT where that is faster, else as Chainer does.

    By FFT go float32 arrays on the CPU with a square kernel for which `convolution_costs` says so
    and whose padding is smaller than the kernel; numba has to be installed. Chainer's patches, laid
    out channels first for the whole batch, cost twice what ours do.

    Args:
        x: ``(N, C, H, W)`` array or variable.
        W: ``(O, C, kh, kw)`` array or variable.
        b: ``(O,)`` array or variable, or None.
        pad: Rows and columns of zeros on each side.

    Returns:
        ``(N, O, H + 2 pad - kh + 1, W + 2 pad - kw + 1)``.
    """
    x, W = chainer.as_variable(x), chainer.as_variable(W)
    kh, kw = W.shape[2:]
    costs = convolution_costs(W.shape)
    fits = (
        kh == kw > pad
        and x.xp is np
        and x.dtype == W.dtype == np.float32
        and min(x.shape[2:]) + 2 * pad >= kh
    )
    if not fits or costs.get('fft', np.inf) > min(
        costs.get('winograd', np.inf), 2 * costs['matmul']
    ):
        return F.convolution_2d(x, W, b, pad=pad)
    (y,) = FFTConvolution2D(pad).apply((x, W))
    return y if b is None else F.bias(y, b)
