"""Convolution for GPUs without cuDNN: Chainer's, with gradients, piece by piece."""

from typing import Any

import chainer

from chainercv_seg.engines.piecewise.convolution import (
    piecewise_convolution,
    piecewise_data_gradient,
    piecewise_weight_gradient,
)
from chainercv_seg.engines.piecewise.pieces import WORKSPACE, Pair, Window


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
