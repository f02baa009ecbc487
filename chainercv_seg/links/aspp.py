"""Atrous spatial pyramid pooling: convolutions of several dilations side by side."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import chainer
import chainer.functions as F

from chainercv_seg.links.conv_2d_bn_activ import Conv2DBNActiv
from chainercv_seg.links.separable_conv_2d_bn_activ import SeparableConv2DBNActiv
from chainercv_seg.utils.arguments import positive_ints


class SeparableASPP(chainer.Chain):
    """Image pooling, a 1x1 and three dilated separable convolutions, concatenated and projected.

    Source: Chen et al., "Encoder-Decoder with Atrous Separable Convolution for Semantic Image
    Segmentation", ECCV 2018.

    Args:
        in_channels: Number of channels of the input.
        out_channels: Number of channels of each branch, and of the output.
        dilate_list: Dilations of the three.
        bn_kwargs: Arguments of the batch normalizations, as in
            :class:`~chainercv_seg.links.Conv2DBNActiv`.
        initialW: Initializer of the kernels. None is Chainer's default.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        dilate_list: tuple[int, int, int] = (12, 24, 36),
        bn_kwargs: Mapping[str, Any] | None = None,
        *,
        initialW: Any = None,
    ) -> None:
        super().__init__()
        conv = partial(Conv2DBNActiv, ksize=1, initialW=initialW, bn_kwargs=bn_kwargs)
        atrous = partial(
            SeparableConv2DBNActiv,
            in_channels,
            out_channels,
            3,
            nobias=True,
            dw_initialW=initialW,
            pw_initialW=initialW,
            dw_activ=F.relu,
            bn_kwargs=bn_kwargs,
        )
        rate1, rate2, rate3 = positive_ints(dilate_list, name='dilate_list', count=3)
        with self.init_scope():
            self.image_pooling_conv = conv(in_channels, out_channels)
            self.conv1x1 = conv(in_channels, out_channels)
            self.atrous1 = atrous(pad=rate1, dilate=rate1)
            self.atrous2 = atrous(pad=rate2, dilate=rate2)
            self.atrous3 = atrous(pad=rate3, dilate=rate3)
            self.proj = conv(out_channels * 5, out_channels)

    def image_pooling(self, x: Any) -> chainer.Variable:
        """Project the mean of each channel and spread it over the map.

        Args:
            x: ``(N, in_channels, H, W)`` float32.

        Returns:
            ``(N, out_channels, H, W)`` float32.
        """
        h = self.image_pooling_conv(F.average(x, axis=(2, 3), keepdims=True))
        return F.broadcast_to(h, h.shape[:2] + x.shape[2:])

    def forward(self, x: Any) -> chainer.Variable:
        """Apply the branches and the projection, with dropout in training.

        Args:
            x: ``(N, in_channels, H, W)`` float32.

        Returns:
            ``(N, out_channels, H, W)`` float32.
        """
        branches = (self.image_pooling, self.conv1x1, self.atrous1, self.atrous2, self.atrous3)
        return F.dropout(self.proj(F.concat([branch(x) for branch in branches], axis=1)))
