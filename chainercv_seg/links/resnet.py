"""Residual networks: bottlenecks, blocks of them, and the dilated network that PSPNet stands on."""

import os
from collections.abc import Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

import chainer
import chainer.functions as F

from chainercv_seg.links.conv_2d_bn_activ import Conv2DBNActiv
from chainercv_seg.links.convolution import leave_unset
from chainercv_seg.links.pickable_sequential_chain import PickableSequentialChain
from chainercv_seg.links.se_block import SEBlock
from chainercv_seg.links.stores_arguments import StoresArguments
from chainercv_seg.utils.arguments import flag, positive_int, positive_ints
from chainercv_seg.weights.load import load_weights
from chainercv_seg.weights.resolve import resolve_pretrained
from chainercv_seg.weights.stored_arguments import StoredArguments

#: What tells dilated ResNets apart, and ChainerCV's values.
VARIANT: Mapping[str, Any] = MappingProxyType(
    {
        'stem': (64, 64, 128),
        'stride_first': False,
        'contract_dilation': False,
        'cover_all': True,
    }
)


def checked_variant(**given: Any) -> dict[str, Any]:
    """Check arguments of :data:`VARIANT`, of which None are not given.

    Raises:
        ValueError: One is out of range. The message names it.
    """
    checked: dict[str, Any] = {
        name: value if value is None else flag(value, name=name)
        for name, value in given.items()
        if name != 'stem'
    }
    stem = given.get('stem')
    checked['stem'] = None if stem is None else positive_ints(stem, name='stem', count=3)
    return checked


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
        first_dilate: Dilation of ``a``. None is that of all.
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
        *,
        first_dilate: int | None = None,
    ) -> None:
        super().__init__()
        bottleneck = partial(
            Bottleneck,
            mid_channels=mid_channels,
            out_channels=out_channels,
            groups=groups,
            initialW=initialW,
            bn_kwargs=bn_kwargs,
            add_seblock=add_seblock,
        )
        with self.init_scope():
            self.a = bottleneck(
                in_channels,
                stride=stride,
                dilate=dilate if first_dilate is None else first_dilate,
                residual_conv=True,
                stride_first=stride_first,
            )
            for i in range(1, positive_int(n_layer, name='n_layer')):
                setattr(self, f'b{i}', bottleneck(out_channels, dilate=dilate))


class DilatedResNet(StoresArguments, PickableSequentialChain):
    """ResNet of 50 or 101 layers with a stem of three 3x3 convolutions and output stride 8.

    The last two blocks are dilated (2 and 4) where the usual ResNet has strides. Source: the
    extractor of Zhao et al., "Pyramid Scene Parsing Network", CVPR 2017. The keyword-only arguments tell
    apart networks of other frameworks (:data:`VARIANT`); a weight file that stores them sets them.

    Args:
        n_layer: 50 or 101.
        pretrained_model: ``'imagenet'`` (published weights), the path of a weight file, or None.
        initialW: Initializer of the kernels, where no weights are loaded. None is Chainer's
            default.
        stem: Numbers of channels of the three first convolutions. None is (64, 64, 128); mmsegmentation has
            (32, 32, 64).
        stride_first: Whether ``res3`` has its stride in the first 1x1 convolution, as the original of 50
            layers has, not in the 3x3 one. None is False.
        contract_dilation: Whether the first bottlenecks of ``res4`` and ``res5`` are dilated half as much as
            the others, as in mmsegmentation. None is False.
        cover_all: Whether the last windows of max pooling may stick out of the map, as in Chainer and Caffe;
            in PyTorch they do not. None is True.

    Raises:
        ValueError: ``n_layer`` is another number, or an argument is out of range, or contradicts the weights.
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
        *,
        stem: Sequence[int] | None = None,
        stride_first: bool | None = None,
        contract_dilation: bool | None = None,
        cover_all: bool | None = None,
    ) -> None:
        if n_layer not in tuple(self.blocks):
            raise ValueError(f'n_layer must be one of {sorted(self.blocks)}, but got {n_layer!r}')
        self.n_layer = n_layer
        variant, path = resolve_pretrained(
            f'dilated_resnet{n_layer}',
            pretrained_model,
            arguments=checked_variant(
                stem=stem,
                stride_first=stride_first,
                contract_dilation=contract_dilation,
                cover_all=cover_all,
            ),
            defaults=VARIANT,
        )
        self.variant = checked_variant(**variant)
        if path is not None:
            initialW = leave_unset
        super().__init__()
        conv = partial(Conv2DBNActiv, ksize=3, pad=1, initialW=initialW)
        block = partial(ResBlock, initialW=initialW)
        first4, first5 = (1, 2) if self.variant['contract_dilation'] else (2, 4)
        c1, c2, c3 = self.variant['stem']
        n2, n3, n4, n5 = self.blocks[n_layer]
        with self.init_scope():
            self.conv1_1 = conv(3, c1, stride=2)
            self.conv1_2 = conv(c1, c2)
            self.conv1_3 = conv(c2, c3)
            self.pool1 = partial(F.max_pooling_2d, ksize=3, stride=2, pad=1)
            if not self.variant['cover_all']:
                self.pool1 = partial(self.pool1, cover_all=False)
            self.res2 = block(n2, c3, 64, 256, stride=1)
            self.res3 = block(
                n3, 256, 128, 512, stride=2, stride_first=self.variant['stride_first']
            )
            self.res4 = block(n4, 512, 256, 1024, stride=1, dilate=2, first_dilate=first4)
            self.res5 = block(n5, 1024, 512, 2048, stride=1, dilate=4, first_dilate=first5)
        if path is not None:
            load_weights(self, path)

    def stored_arguments(self) -> StoredArguments | None:
        """Tell what is not as ChainerCV has it."""
        if self.variant == VARIANT:
            return None
        return StoredArguments(f'dilated_resnet{self.n_layer}', self.variant)
