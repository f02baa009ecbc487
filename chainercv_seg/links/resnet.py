"""Residual networks: bottlenecks, blocks of them, and the dilated network that PSPNet stands on."""

import os
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

import chainer
import chainer.functions as F

from chainercv_seg.links.conv_2d_bn_activ import Conv2DBNActiv
from chainercv_seg.links.convolution import leave_unset
from chainercv_seg.links.pickable_sequential_chain import PickableSequentialChain
from chainercv_seg.links.se_block import SEBlock
from chainercv_seg.utils.arguments import positive_int
from chainercv_seg.weights.load import load_weights
from chainercv_seg.weights.resolve import resolve_pretrained


class Bottleneck(chainer.Chain):
    """Convolutions 1x1, 3x3, 1x1 with batch normalization, added to the input or its projection.

    Source: He et al., "Deep Residual Learning for Image Recognition", CVPR 2016.

    Args:
        in_channels: Number of channels of the input.
        mid_channels: Number of channels between the convolutions.
        out_channels: Number of channels of the output.
        stride: Stride of the block.
        dilate: Dilation, and padding, of the 3x3 convolution.
        groups: Number of groups of the 3x3 convolution.
        initialW: Initializer of the kernels. None is Chainer's default.
        bn_kwargs: Arguments of the batch normalizations, as in
            :class:`~chainercv_seg.links.Conv2DBNActiv`.
        residual_conv: Whether a 1x1 convolution projects the input before it is added.
        stride_first: Whether the first convolution has the stride, not the 3x3 one.
        add_seblock: Whether squeeze and excitation follows the last convolution.
    """

    def __init__(
        self,
        in_channels: int | None,
        mid_channels: int,
        out_channels: int,
        stride: int | tuple[int, int] = 1,
        dilate: int | tuple[int, int] = 1,
        groups: int = 1,
        initialW: Any = None,
        bn_kwargs: Mapping[str, Any] | None = None,
        residual_conv: bool = False,
        stride_first: bool = False,
        add_seblock: bool = False,
    ) -> None:
        super().__init__()
        strides = (stride, 1) if stride_first else (1, stride)
        conv = partial(Conv2DBNActiv, initialW=initialW, bn_kwargs=bn_kwargs)
        with self.init_scope():
            self.conv1 = conv(in_channels, mid_channels, 1, strides[0])
            self.conv2 = conv(mid_channels, mid_channels, 3, strides[1], dilate, dilate, groups)
            self.conv3 = conv(mid_channels, out_channels, 1, activ=None)
            if add_seblock:
                self.se = SEBlock(out_channels)
            if residual_conv:
                self.residual_conv = conv(in_channels, out_channels, 1, stride, activ=None)

    def forward(self, x: Any) -> chainer.Variable:
        """Apply the block.

        Args:
            x: ``(N, in_channels, H, W)`` float32.

        Returns:
            ``(N, out_channels, H', W')`` float32.
        """
        h = self.conv3(self.conv2(self.conv1(x)))
        if hasattr(self, 'se'):
            h = self.se(h)
        residual = self.residual_conv(x) if hasattr(self, 'residual_conv') else x
        return F.relu(h + residual)


class ResBlock(PickableSequentialChain):
    """Bottlenecks in a row: ``a``, which has the stride and projects, then ``b1``, ``b2``, ...

    Args:
        n_layer: Number of bottlenecks.
        in_channels: Number of channels of the input.
        mid_channels: Number of channels inside the bottlenecks.
        out_channels: Number of channels of the output.
        stride: Stride of the first bottleneck.
        dilate: Dilation of all of them.
        groups: As in :class:`~chainercv_seg.links.Bottleneck`, as are the next four.
        initialW: Initializer of the kernels.
        bn_kwargs: Arguments of the batch normalizations.
        stride_first: Whether the first convolution of ``a`` has the stride, not the 3x3 one.
        add_seblock: Whether the bottlenecks end in squeeze and excitation.
    """

    def __init__(
        self,
        n_layer: int,
        in_channels: int | None,
        mid_channels: int,
        out_channels: int,
        stride: int | tuple[int, int],
        dilate: int | tuple[int, int] = 1,
        groups: int = 1,
        initialW: Any = None,
        bn_kwargs: Mapping[str, Any] | None = None,
        stride_first: bool = False,
        add_seblock: bool = False,
    ) -> None:
        super().__init__()
        bottleneck = partial(
            Bottleneck,
            mid_channels=mid_channels,
            out_channels=out_channels,
            dilate=dilate,
            groups=groups,
            initialW=initialW,
            bn_kwargs=bn_kwargs,
            add_seblock=add_seblock,
        )
        with self.init_scope():
            self.a = bottleneck(
                in_channels, stride=stride, residual_conv=True, stride_first=stride_first
            )
            for i in range(1, positive_int(n_layer, name='n_layer')):
                setattr(self, f'b{i}', bottleneck(out_channels))


class DilatedResNet(PickableSequentialChain):
    """ResNet of 50 or 101 layers with a stem of three 3x3 convolutions and output stride 8.

    The last two blocks are dilated (2 and 4) where the usual ResNet has strides. Source: the
    extractor of Zhao et al., "Pyramid Scene Parsing Network", CVPR 2017.

    Args:
        n_layer: 50 or 101.
        pretrained_model: ``'imagenet'`` (published weights), the path of a weight file, or None.
        initialW: Initializer of the kernels, where no weights are loaded. None is Chainer's
            default.

    Raises:
        ValueError: ``n_layer`` is another number.
        WeightsError: The weights cannot be found, read or downloaded, or do not fit.
    """

    #: Number of bottlenecks of the four blocks, by number of layers.
    blocks: Mapping[int, tuple[int, int, int, int]] = MappingProxyType(
        {50: (3, 4, 6, 3), 101: (3, 4, 23, 3)}
    )

    def __init__(
        self,
        n_layer: int,
        pretrained_model: str | os.PathLike[str] | None = None,
        initialW: Any = None,
    ) -> None:
        if n_layer not in tuple(self.blocks):
            raise ValueError(f'n_layer must be one of {sorted(self.blocks)}, but got {n_layer!r}')
        _, path = resolve_pretrained(f'dilated_resnet{n_layer}', pretrained_model)
        if path is not None:
            initialW = leave_unset
        super().__init__()
        conv = partial(Conv2DBNActiv, ksize=3, pad=1, initialW=initialW)
        n2, n3, n4, n5 = self.blocks[n_layer]
        with self.init_scope():
            self.conv1_1 = conv(3, 64, stride=2)
            self.conv1_2 = conv(64, 64)
            self.conv1_3 = conv(64, 128)
            self.pool1 = partial(F.max_pooling_2d, ksize=3, stride=2, pad=1)
            self.res2 = ResBlock(n2, 128, 64, 256, stride=1, initialW=initialW)
            self.res3 = ResBlock(n3, 256, 128, 512, stride=2, initialW=initialW)
            self.res4 = ResBlock(n4, 512, 256, 1024, stride=1, dilate=2, initialW=initialW)
            self.res5 = ResBlock(n5, 1024, 512, 2048, stride=1, dilate=4, initialW=initialW)
        if path is not None:
            load_weights(self, path)
