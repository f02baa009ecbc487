"""The decoder of DeepLabV3+, which brings back fine structure."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import chainer
import chainer.functions as F

from chainercv_seg.links.conv_2d_bn_activ import Conv2DBNActiv
from chainercv_seg.links.convolution import Convolution2D
from chainercv_seg.links.separable_conv_2d_bn_activ import SeparableConv2DBNActiv


class Decoder(chainer.Chain):
    """Join the pooled features with projected low level ones, and classify.

    Args:
        in_channels: Number of channels of both inputs.
        out_channels: Number of classes.
        proj_channels: Number of channels to which the low level features are projected.
        depth_channels: Number of channels of the two convolutions before the classifier.
        bn_kwargs: Arguments of the batch normalizations of these two. That of the projection takes
            none: ChainerCV leaves them out, and its published scores were measured so.
        initialW: Initializer of the kernels. None is Chainer's default.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        proj_channels: int,
        depth_channels: int,
        bn_kwargs: Mapping[str, Any] | None = None,
        *,
        initialW: Any = None,
    ) -> None:
        super().__init__()
        separable = partial(
            SeparableConv2DBNActiv,
            ksize=3,
            pad=1,
            nobias=True,
            dw_initialW=initialW,
            pw_initialW=initialW,
            dw_activ=F.relu,
            bn_kwargs=bn_kwargs,
        )
        with self.init_scope():
            self.feature_proj = Conv2DBNActiv(in_channels, proj_channels, 1, initialW=initialW)
            self.conv1 = separable(in_channels + proj_channels, depth_channels)
            self.conv2 = separable(depth_channels, depth_channels)
            self.conv_logits = Convolution2D(depth_channels, out_channels, 1, initialW=initialW)

    def forward(self, x: Any, pool: Any) -> chainer.Variable:
        """Compute the scores.

        Args:
            x: Low level features ``(N, in_channels, H, W)`` float32.
            pool: Pooled features ``(N, in_channels, H', W')`` float32.

        Returns:
            ``(N, out_channels, H, W)`` float32 scores, before softmax.
        """
        x = self.feature_proj(x)
        h = F.concat((F.resize_images(pool, x.shape[2:]), x), axis=1)
        return self.conv_logits(self.conv2(self.conv1(h)))
