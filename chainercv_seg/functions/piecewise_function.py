"""Convolution for GPUs without cuDNN: Chainer's, with gradients, piece by piece."""

from typing import Any

import chainer
import chainer.functions as F

from chainercv_seg.engines.piecewise.convolution import (
    piecewise_convolution,
    piecewise_data_gradient,
    piecewise_weight_gradient,
)
from chainercv_seg.engines.piecewise.pieces import WORKSPACE, Pair, Window


def _workspace() -> int:
    """Bytes that a piece may take."""
    return getattr(chainer.config, 'convolution_workspace', None) or WORKSPACE


class PiecewiseConvolution2D(chainer.FunctionNode):
    """Convolution, piece by piece.

    Args:
        window: How the kernel slides.
    """

    def __init__(self, window: Window) -> None:
        super().__init__()
        self.window = window

    def forward(self, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        """Convolve ``(N, C, H, W)`` with ``(O, C / groups, kh, kw)``."""
        self.retain_inputs((0, 1))
        x, W = inputs
        xp, workspace = chainer.backend.get_array_module(x), _workspace()
        return (piecewise_convolution(x, W, self.window, xp=xp, workspace=workspace),)

    def backward(self, indexes: tuple[int, ...], grads: tuple[Any, ...]) -> tuple[Any, ...]:
        """Differentiate; the gradients can themselves be differentiated."""
        x, W = self.get_retained_inputs()
        (gy,) = grads
        results: list[Any] = []
        if 0 in indexes:
            results += PiecewiseConvolution2DData(self.window, x.shape[2:]).apply((gy, W))
        if 1 in indexes:
            results += PiecewiseConvolution2DWeights(self.window, W.dtype).apply((x, gy))
        return tuple(results)


class PiecewiseConvolution2DData(chainer.FunctionNode):
    """The gradient of `PiecewiseConvolution2D` with respect to its input.

    Args:
        window: How the kernel slides.
        size: Height and width of that input.
    """

    def __init__(self, window: Window, size: Pair) -> None:
        super().__init__()
        self.window = window
        self.size = size

    def forward(self, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        """Spread ``(N, O, height, width)`` by ``(O, C / groups, kh, kw)``."""
        self.retain_inputs((0, 1))
        gy, W = inputs
        xp, workspace = chainer.backend.get_array_module(gy), _workspace()
        return (piecewise_data_gradient(gy, W, self.window, self.size, xp=xp, workspace=workspace),)

    def backward(self, indexes: tuple[int, ...], grads: tuple[Any, ...]) -> tuple[Any, ...]:
        """Differentiate: the operation is linear in both inputs."""
        gy, W = self.get_retained_inputs()
        (ggx,) = grads
        results: list[Any] = []
        if 0 in indexes:
            results += PiecewiseConvolution2D(self.window).apply((ggx, W))
        if 1 in indexes:
            results += PiecewiseConvolution2DWeights(self.window, W.dtype).apply((ggx, gy))
        return tuple(results)


class PiecewiseConvolution2DWeights(chainer.FunctionNode):
    """The gradient of `PiecewiseConvolution2D` with respect to its kernel.

    Args:
        window: How the kernel slides.
        dtype: Type of the kernel.
    """

    def __init__(self, window: Window, dtype: Any) -> None:
        super().__init__()
        self.window = window
        self.dtype = dtype

    def forward(self, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        """Correlate ``(N, C, H, W)`` with ``(N, O, height, width)``."""
        self.retain_inputs((0, 1))
        x, gy = inputs
        xp, workspace = chainer.backend.get_array_module(x), _workspace()
        return (
            piecewise_weight_gradient(
                x, gy, self.window, dtype=self.dtype, xp=xp, workspace=workspace
            ),
        )

    def backward(self, indexes: tuple[int, ...], grads: tuple[Any, ...]) -> tuple[Any, ...]:
        """Differentiate: the operation is linear in both inputs."""
        x, gy = self.get_retained_inputs()
        (ggW,) = grads
        results: list[Any] = []
        if 0 in indexes:
            results += PiecewiseConvolution2DData(self.window, x.shape[2:]).apply((gy, ggW))
        if 1 in indexes:
            results += PiecewiseConvolution2D(self.window).apply((x, ggW))
        return tuple(results)


def has_cudnn(x: Any, W: Any) -> bool:
    """Tell whether Chainer convolves two arrays that are on a GPU by cuDNN."""
    return chainer.should_use_cudnn('>=auto') and x.dtype == W.dtype


def piecewise_convolution_2d(
    x: Any,
    W: Any,
    b: Any = None,
    *,
    stride: Pair = (1, 1),
    pad: Pair = (0, 0),
    dilate: Pair = (1, 1),
    groups: int = 1,
) -> chainer.Variable:
    """Convolve, piece by piece, with gradients of any order.

    ``chainer.config.convolution_workspace`` says how many bytes a piece may take, 512 MB unless it is
    set. Not counted are the maps, the kernel and its gradient.

    Args:
        x: ``(N, C, H, W)`` array or variable, of any floating type.
        W: ``(O, C / groups, kh, kw)`` array or variable.
        b: ``(O,)`` array or variable, or None.
        stride: Distance between the positions of the result, down and right.
        pad: Rows and columns of zeros on each side.
        dilate: Distance between the kernel's taps.
        groups: Number of groups of channels.

    Returns:
        ``(N, O, height, width)``, of the type of ``x``.

    Raises:
        ValueError: The shapes do not fit each other, or the workspace is too small for one position
            of the result.
    """
    x, W = chainer.as_variable(x), chainer.as_variable(W)
    if x.shape[1] != W.shape[1] * groups or len(W) % groups:
        raise ValueError(
            f'expected a map of {W.shape[1] * groups} channels for a kernel of {W.shape} in {groups} '
            f'groups, which divide {len(W)}; found one of {x.shape}'
        )
    window = Window(W.shape[2:], stride, pad, dilate, groups)
    (y,) = PiecewiseConvolution2D(window).apply((x, W))
    return y if b is None else F.bias(y, b)
