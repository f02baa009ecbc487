"""Chainer's convolution link, constructed without an array of NaN in the place of the gradient."""

import chainer.links as L


class Convolution2D(L.Convolution2D):
    """:class:`chainer.links.Convolution2D` whose gradient is None until it is computed.

    Chainer allocates the gradient together with the weights and fills it with NaN: for a network as
    large as these, more time and memory than loading the weights takes, and nothing reads it.
    Arguments, parameters and numerics are Chainer's.
    """

    def _initialize_params(self, in_channels: int) -> None:
        # Before the weights exist, this says that the gradient shall not exist either.
        self.W.cleargrad()
        super()._initialize_params(in_channels)
