"""Convolution for GPUs without cuDNN: Chainer's, with gradients, piece by piece."""

from typing import Any

import chainer

from chainercv_seg.engines.piecewise.convolution import (
    piecewise_convolution,
    piecewise_data_gradient,
    piecewise_weight_gradient,
)
from chainercv_seg.engines.piecewise.pieces import WORKSPACE, Pair, Window
from chainercv_seg.functions.window_convolution import window_convolution_2d


class Piecewise:
    """Methods that compute piece by piece, within a workspace."""

    def forward(self, x: Any, W: Any, window: Window) -> Any:
        """Compute the result."""
        return piecewise_convolution(x, W, window, **_arguments(x))

    def data(self, gy: Any, W: Any, window: Window, size: Pair) -> Any:
        """Compute the gradient with respect to the maps."""
        return piecewise_data_gradient(gy, W, window, size, **_arguments(gy))

    def weights(self, x: Any, gy: Any, window: Window, dtype: Any) -> Any:
        """Compute the gradient with respect to the kernel."""
        return piecewise_weight_gradient(x, gy, window, dtype=dtype, **_arguments(x))


def _arguments(array: Any) -> dict[str, Any]:
    """The library of an array, and the bytes that a piece may take."""
    workspace = getattr(chainer.config, 'convolution_workspace', None) or WORKSPACE
    return {'xp': chainer.backend.get_array_module(array), 'workspace': workspace}


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
    window = Window(W.shape[2:], stride, pad, dilate, groups)
    return window_convolution_2d(x, W, b, window, Piecewise())
