"""Pooling over a pyramid of bins, ChainerCV's way or PyTorch's."""

from collections.abc import Sequence
from typing import Any

import chainer
import chainer.functions as F

from chainercv_seg.functions.adaptive_pooling import adaptive_average_pooling
from chainercv_seg.links.conv_2d_bn_activ import Conv2DBNActiv
from chainercv_seg.utils.arguments import flag, positive_int, positive_ints, size_pair


class PyramidPoolingModule(chainer.ChainList):
    """Average pooling at several scales, each projected, enlarged and appended to the input.

    As ChainerCV has it, the kernels follow from ``feat_size``, not from the input: kernel and stride are
    ``feat_size // bins``, and rows and columns that do not fill a kernel are left out. On inputs
    larger than ``feat_size`` there are therefore more bins. Adaptive pooling, PyTorch's, has as many bins on
    any input, and all of it is in one.

    Args:
        in_channels: Number of channels of the input. Each scale adds ``in_channels //
            len(pyramids)``.
        feat_size: ``(height, width)`` of the feature map that the kernels are made for.
        pyramids: Numbers of bins an axis, in the order of the output.
        initialW: Initializer of the kernels. None is Chainer's default.
        adaptive: Whether the bins are those of the input.
        align_corners: Whether maps are enlarged with their corners on those of the input; else with
            their edges.

    Attributes:
        ksizes: Kernel ``(height, width)`` of each scale.

    Raises:
        ValueError: ``feat_size`` is smaller than a number of bins, or a number is out of range.
    """

    def __init__(
        self,
        in_channels: int,
        feat_size: tuple[int, int],
        pyramids: Sequence[int],
        initialW: Any = None,
        *,
        adaptive: bool = False,
        align_corners: bool = True,
    ) -> None:
        pyramids = positive_ints(pyramids, name='pyramids')
        feat_size = size_pair(feat_size, name='feat_size')
        if positive_int(in_channels, name='in_channels') < len(pyramids):
            raise ValueError(
                f'in_channels must be at least {len(pyramids)}, one a scale, but got {in_channels}'
            )
        if min(feat_size) < max(pyramids):
            raise ValueError(
                f'feat_size must be at least {(max(pyramids),) * 2} for {max(pyramids)} bins an '
                f'axis, but got {feat_size}'
            )
        out_channels = in_channels // len(pyramids)
        super().__init__(
            *[Conv2DBNActiv(in_channels, out_channels, 1, initialW=initialW) for _ in pyramids]
        )
        self.pyramids = pyramids
        self.adaptive = flag(adaptive, name='adaptive')
        self.align_corners = flag(align_corners, name='align_corners')
        self.ksizes = [(feat_size[0] // bins, feat_size[1] // bins) for bins in pyramids]

    def forward(self, x: Any) -> chainer.Variable:
        """Pool, project, enlarge, append.

        Args:
            x: ``(N, in_channels, H, W)`` float32, H and W at least ``feat_size`` or, where pooling is
                adaptive, of any size.

        Returns:
            ``(N, in_channels + len(pyramids) * (in_channels // len(pyramids)), H, W)`` float32.
        """
        if self.adaptive:
            means = [adaptive_average_pooling(x, bins) for bins in self.pyramids]
        else:
            means = [F.average_pooling_2d(x, ksize, ksize) for ksize in self.ksizes]
        scales = [
            F.resize_images(conv(mean), x.shape[2:], align_corners=self.align_corners)
            for conv, mean in zip(self, means, strict=True)
        ]
        return F.concat([x, *scales], axis=1)
