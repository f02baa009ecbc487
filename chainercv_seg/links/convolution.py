"""Chainer's convolution link, constructed without writing memory that nothing reads."""

from typing import Any

import chainer.links as L
import numpy as np


def leave_unset(array: Any) -> None:
    """Initialize nothing: for kernels that are loaded right afterwards.

    Args:
        array: The array that other initializers fill.
    """


class Convolution2D(L.Convolution2D):
    """:class:`chainer.links.Convolution2D` that starts without a gradient.

    Chainer allocates the gradient together with the kernel and fills it with NaN: for networks as
    large as these, more time and memory than loading the weights takes. Arguments, parameters and
    numerics are Chainer's. With :func:`leave_unset` as initializer, the kernel has a shape, but no
    memory of its own and no values until weights are loaded.
    """

    def _initialize_params(self, in_channels: int) -> None:
        # Before the kernel exists, this says that the gradient shall not exist either.
        self.W.cleargrad()
        super()._initialize_params(in_channels)
        if self.W.initializer is leave_unset:
            # What Chainer has just allocated goes back, so that the loading uses it again.
            self.W.array = np.broadcast_to(np.zeros((), self.W.dtype), self.W.shape)
