"""Convolution, batch normalization, activation."""

from collections.abc import Callable, Mapping
from typing import Any

import chainer
import chainer.functions as F

from chainercv_seg.links.batch_normalization import batch_normalization, normalize_and_activate
from chainercv_seg.links.convolution import Convolution2D


class Conv2DBNActiv(chainer.Chain):
    """A convolution, a batch normalization and an activation, one after the other.

    As in :class:`chainer.links.Convolution2D`, the first argument can be left out or None: the
    number of input channels is then taken from the first input.

    Args:
        in_channels: Number of channels of the input, or None.
        out_channels: Number of channels of the output.
        ksize: Size of the kernel, one number or ``(height, width)``, as are the next three.
        stride: Stride.
        pad: Zero padding on each side.
        dilate: Dilation of the kernel.
        groups: Number of groups of a grouped convolution.
        nobias: Whether the convolution has no bias. (Batch normalization makes one pointless.)
        initialW: Initializer of the kernel. None is Chainer's default.
        initial_bias: Initializer of the bias. None is zero.
        activ: Activation. None leaves it out.
        bn_kwargs: Arguments of :class:`chainer.links.BatchNormalization`, or, with a ChainerMN
            communicator under the key ``'comm'``, of
            :class:`chainermn.links.MultiNodeBatchNormalization`.

    Raises:
        ValueError: A number is out of range, or none. The message names the argument.
    """

    def __init__(
        self,
        in_channels: int | None,
        out_channels: int,
        ksize: int | tuple[int, int] | None = None,
        stride: int | tuple[int, int] = 1,
        pad: int | tuple[int, int] = 0,
        dilate: int | tuple[int, int] = 1,
        groups: int = 1,
        nobias: bool = True,
        initialW: Any = None,
        initial_bias: Any = None,
        activ: Callable[[Any], Any] | None = F.relu,
        bn_kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.activ = activ
        with self.init_scope():
            self.conv = Convolution2D(
                in_channels,
                out_channels,
                ksize,
                stride,
                pad,
                nobias,
                initialW,
                initial_bias,
                dilate=dilate,
                groups=groups,
            )
            self.bn = batch_normalization(self.conv.out_channels, bn_kwargs)

    def forward(self, x: Any) -> chainer.Variable:
        """Apply the three.

        Args:
            x: ``(N, in_channels, H, W)`` float32.

        Returns:
            ``(N, out_channels, H', W')`` float32.
        """
        return normalize_and_activate(self.bn, self.conv(x), self.activ)
