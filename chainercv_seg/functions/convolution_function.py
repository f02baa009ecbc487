"""Convolution for training on the CPU: Chainer's, with gradients, by the methods of inference."""

from typing import Any

import chainer
import chainer.functions as F
import numpy as np

from chainercv_seg.engines.cpu.compiled import COMPILED
from chainercv_seg.engines.cpu.convolution import prepare_convolution
from chainercv_seg.engines.cpu.kernel_gradient import kernel_gradient
from chainercv_seg.engines.cpu.layout import channels_first, channels_last


def turned(W: Any) -> Any:
    """The kernel of the gradient with respect to data: input and output change places."""
    return F.transpose(F.flip(F.flip(W, 2), 3), (1, 0, 2, 3))


class Convolution2DFunction(chainer.FunctionNode):
    """Convolution with stride 1 by what `prepare_convolution` and `kernel_gradient` choose.

    The gradient with respect to data is the same convolution with the kernel turned.

    Args:
        pad: Rows and columns of zeros on each side.
        dilate: Distance between the kernel's taps.
    """

    def __init__(self, pad: int, dilate: int = 1) -> None:
        super().__init__()
        self.pad, self.dilate = pad, dilate

    def forward(self, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        """Convolve ``(N, C, H, W)`` with ``(O, C, k, k)``."""
        self.retain_inputs((0, 1))
        x, W = inputs
        convolution = prepare_convolution(
            W, pad=self.pad, dilate=self.dilate, positions=x.size // x.shape[1]
        )
        return (channels_first(convolution(channels_last(x))),)

    def backward(self, indexes: tuple[int, ...], grads: tuple[Any, ...]) -> tuple[Any, ...]:
        """Differentiate; the gradients can themselves be differentiated."""
        x, W = self.get_retained_inputs()
        (gy,) = grads
        ksize, dilate = W.shape[2], self.dilate
        results: list[Any] = []
        if 0 in indexes:
            back = Convolution2DFunction(dilate * (ksize - 1) - self.pad, dilate)
            results.append(back.apply((gy, turned(W)))[0])
        if 1 in indexes:
            results.append(Convolution2DKernelGradient(ksize, self.pad, dilate).apply((x, gy))[0])
        return tuple(results)


class Convolution2DKernelGradient(chainer.FunctionNode):
    """The gradient of `Convolution2DFunction` with respect to its kernel.

    Args:
        ksize: Size of the kernel.
        pad: Rows and columns of zeros on each side.
        dilate: Distance between the kernel's taps.
    """

    def __init__(self, ksize: int, pad: int, dilate: int = 1) -> None:
        super().__init__()
        self.ksize, self.pad, self.dilate = ksize, pad, dilate

    def forward(self, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        """Correlate ``(N, C, H, W)`` with ``(N, O, H', W')``."""
        self.retain_inputs((0, 1))
        x, gy = (channels_last(array) for array in inputs)
        return (kernel_gradient(x, gy, ksize=self.ksize, pad=self.pad, dilate=self.dilate),)

    def backward(self, indexes: tuple[int, ...], grads: tuple[Any, ...]) -> tuple[Any, ...]:
        """Differentiate: the operation is linear in both inputs."""
        x, gy = self.get_retained_inputs()
        (ggW,) = grads
        results: list[Any] = []
        if 0 in indexes:
            back = Convolution2DFunction(self.dilate * (self.ksize - 1) - self.pad, self.dilate)
            results.append(back.apply((gy, turned(ggW)))[0])
        if 1 in indexes:
            results.append(Convolution2DFunction(self.pad, self.dilate).apply((x, ggW))[0])
        return tuple(results)


def convolution_2d(
    x: Any, W: Any, b: Any = None, *, pad: int = 0, dilate: int = 1
) -> chainer.Variable:
    """Convolve with stride 1, by our own methods where they apply, else as Chainer does.

    They apply to float32 arrays on the CPU with a square kernel whose padding leaves a gradient
    that is a convolution too; numba has to be installed.

    Args:
        x: ``(N, C, H, W)`` array or variable.
        W: ``(O, C, kh, kw)`` array or variable.
        b: ``(O,)`` array or variable, or None.
        pad: Rows and columns of zeros on each side.
        dilate: Distance between the kernel's taps.

    Returns:
        ``(N, O, H + 2 pad - dilate (kh - 1), W + 2 pad - dilate (kw - 1))``.
    """
    x, W = chainer.as_variable(x), chainer.as_variable(W)
    kh, kw = W.shape[2:]
    reach = dilate * (kh - 1)
    fits = (
        COMPILED
        and kh == kw
        and pad <= reach
        and x.xp is np
        and x.dtype == W.dtype == np.float32
        and min(x.shape[2:]) + 2 * pad > reach
    )
    if not fits:
        return F.convolution_2d(x, W, b, pad=pad, dilate=dilate)
    (y,) = Convolution2DFunction(pad, dilate).apply((x, W))
    return y if b is None else F.bias(y, b)
