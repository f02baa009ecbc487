"""Separable convolution: depthwise and pointwise, each with batch normalization and activation."""

from collections.abc import Callable, Mapping
from typing import Any

import chainer
import chainer.functions as F

from chainercv_seg.links.batch_normalization import batch_normalization, normalize_and_activate
from chainercv_seg.links.convolution import Convolution2D
from chainercv_seg.utils.arguments import positive_int


class SeparableConv2DBNActiv(chainer.Chain):
    """A depthwise and a pointwise convolution, each with batch normalization and activation.

    Unlike ChainerCV's, the depthwise batch normalization has ``in_channels`` channels with a
    ChainerMN communicator too, and the initial biases are used.

    Args:
        in_channels: Number of channels of the input.
        out_channels: Number of channels of the output.
        ksize: Size of the depthwise kernel, one number or ``(height, width)``, as are the next
            three.
        stride: Stride of the depthwise convolution.
        pad: Its zero padding on each side.
        dilate: Its dilation.
        nobias: Whether both convolutions have no bias.
        dw_initialW: Initializer of the depthwise kernel. None is Chainer's default.
        pw_initialW: Initializer of the pointwise kernel. None is Chainer's default.
        dw_initial_bias: Initializer of the depthwise bias. None is zero.
        pw_initial_bias: Initializer of the pointwise bias. None is zero.
        dw_activ: Activation after the depthwise batch normalization. None leaves it out.
        pw_activ: Activation after the pointwise batch normalization. None leaves it out.
        bn_kwargs: Arguments of both batch normalizations, as in
            :class:`~chainercv_seg.links.Conv2DBNActiv`.

    Raises:
        ValueError: A number is out of range, or none. The message names the argument.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        ksize: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        pad: int | tuple[int, int] = 0,
        dilate: int | tuple[int, int] = 1,
        nobias: bool = False,
        dw_initialW: Any = None,
        pw_initialW: Any = None,
        dw_initial_bias: Any = None,
        pw_initial_bias: Any = None,
        dw_activ: Callable[[Any], Any] | None = F.identity,
        pw_activ: Callable[[Any], Any] | None = F.relu,
        bn_kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        positive_int(in_channels, name='in_channels')
        super().__init__()
        self.dw_activ = F.identity if dw_activ is None else dw_activ
        self.pw_activ = F.identity if pw_activ is None else pw_activ
        with self.init_scope():
            self.depthwise = Convolution2D(
                in_channels,
                in_channels,
                ksize,
                stride,
                pad,
                nobias,
                dw_initialW,
                dw_initial_bias,
                dilate=dilate,
                groups=in_channels,
            )
            self.pointwise = Convolution2D(
                in_channels,
                out_channels,
                1,
                nobias=nobias,
                initialW=pw_initialW,
                initial_bias=pw_initial_bias,
            )
            self.dw_bn = batch_normalization(in_channels, bn_kwargs)
            self.pw_bn = batch_normalization(out_channels, bn_kwargs)

    def forward(self, x: Any) -> chainer.Variable:
        """Apply both convolutions.

        Args:
            x: ``(N, in_channels, H, W)`` float32.

        Returns:
            ``(N, out_channels, H', W')`` float32.
        """
        h = normalize_and_activate(self.dw_bn, self.depthwise(x), self.dw_activ)
        return normalize_and_activate(self.pw_bn, self.pointwise(h), self.pw_activ)
