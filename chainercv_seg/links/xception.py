"""Xception65: the extractor of DeepLabV3+, of separable convolutions."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import chainer
import chainer.functions as F
import numpy as np

from chainercv_seg.links.conv_2d_bn_activ import Conv2DBNActiv
from chainercv_seg.links.separable_conv_2d_bn_activ import SeparableConv2DBNActiv
from chainercv_seg.utils.arguments import positive_ints

Activations = Sequence[Callable[[Any], Any] | None]


class XceptionBlock(chainer.Chain):
    """Three separable convolutions, and what skips them.

    Args:
        in_channels: Number of channels of the input.
        depthlist: Numbers of channels of the three outputs.
        stride: Stride of the third convolution.
        dilate: Dilation, and padding, of all three.
        skip_type: What is added to their output: ``'conv'``, the projected input; ``'sum'``, the
            input; ``'none'``, nothing.
        activ_first: Whether ReLU is applied to the input of the convolutions; else it is to the
            output of the block.
        bn_kwargs: Arguments of the batch normalizations, as in
            :class:`~chainercv_seg.links.Conv2DBNActiv`.
        dw_activ_list: Activations of the three depthwise convolutions.
        pw_activ_list: Activations of the three pointwise convolutions.
        initialW: Initializer of the kernels. None is Chainer's default.

    Raises:
        ValueError: ``skip_type`` is something else, or a list does not hold three.
    """

    def __init__(
        self,
        in_channels: int,
        depthlist: Sequence[int],
        stride: int | tuple[int, int] = 1,
        dilate: int | tuple[int, int] = 1,
        skip_type: str = 'conv',
        activ_first: bool = True,
        bn_kwargs: Mapping[str, Any] | None = None,
        dw_activ_list: Activations = (None, None, None),
        pw_activ_list: Activations = (F.relu, F.relu, None),
        *,
        initialW: Any = None,
    ) -> None:
        if skip_type not in ('conv', 'sum', 'none'):
            raise ValueError(f"skip_type must be 'conv', 'sum' or 'none', but got {skip_type!r}")
        depth1, depth2, depth3 = positive_ints(depthlist, name='depthlist', count=3)
        if not len(dw_activ_list) == len(pw_activ_list) == 3:
            raise ValueError('dw_activ_list and pw_activ_list must hold three each')
        super().__init__()
        self.skip_type = skip_type
        self.activ_first = activ_first
        self.separable2_activ = F.identity if pw_activ_list[1] is None else pw_activ_list[1]
        separable = partial(
            SeparableConv2DBNActiv,
            ksize=3,
            pad=dilate,
            dilate=dilate,
            nobias=True,
            dw_initialW=initialW,
            pw_initialW=initialW,
            bn_kwargs=bn_kwargs,
        )
        dw1, dw2, dw3 = dw_activ_list
        with self.init_scope():
            self.separable1 = separable(
                in_channels, depth1, dw_activ=dw1, pw_activ=pw_activ_list[0]
            )
            # Its activation comes in forward: the decoder takes what is before it.
            self.separable2 = separable(depth1, depth2, dw_activ=dw2, pw_activ=None)
            self.separable3 = separable(
                depth2, depth3, stride=stride, dw_activ=dw3, pw_activ=pw_activ_list[2]
            )
            if skip_type == 'conv':
                self.conv = Conv2DBNActiv(
                    in_channels,
                    depth3,
                    1,
                    stride,
                    initialW=initialW,
                    activ=None,
                    bn_kwargs=bn_kwargs,
                )

    def forward(self, x: Any) -> tuple[chainer.Variable, chainer.Variable]:
        """Apply the block.

        Args:
            x: ``(N, in_channels, H, W)`` float32.

        Returns:
            The output ``(N, depthlist[2], H', W')`` and that of the second convolution before its
            activation, ``(N, depthlist[1], H, W)``, both float32.
        """
        h = F.relu(x) if self.activ_first else x
        separable2 = self.separable2(self.separable1(h))
        h = self.separable3(self.separable2_activ(separable2))
        if self.skip_type == 'conv':
            h = h + self.conv(x)
        elif self.skip_type == 'sum':
            h = h + x
        return (h if self.activ_first else F.relu(h)), separable2


class Xception65(chainer.Chain):
    """Xception of 65 layers at output stride 8 or 16, as the official DeepLab code has it.

    Source: the extractor of Chen et al., "Encoder-Decoder with Atrous Separable Convolution for
    Semantic Image Segmentation", ECCV 2018.

    Args:
        bn_kwargs: Arguments of the batch normalizations, as in
            :class:`~chainercv_seg.links.Conv2DBNActiv`.
        initialW: Initializer of the kernels. None is Chainer's default.
        output_stride: 8, or 16: then the third block of the entry flow has a stride, and what is behind it
            is dilated half as much.

    Attributes:
        mean: What fills a canvas that is larger than the image: ``(3, 1, 1)`` float32, RGB.

    Raises:
        ValueError: ``output_stride`` is another number.
    """

    def __init__(
        self,
        bn_kwargs: Mapping[str, Any] | None = None,
        *,
        initialW: Any = None,
        output_stride: int = 8,
    ) -> None:
        if output_stride not in (8, 16):
            raise ValueError(f'output_stride must be 8 or 16, but got {output_stride!r}')
        super().__init__()
        self.output_stride = int(output_stride)
        stride = self.output_stride // 8
        dilate = 2 // stride
        self.mean = np.full((3, 1, 1), 127.5, dtype=np.float32)
        conv = partial(Conv2DBNActiv, ksize=3, pad=1, initialW=initialW, bn_kwargs=bn_kwargs)
        block = partial(XceptionBlock, initialW=initialW, bn_kwargs=bn_kwargs)
        relus = (F.relu, F.relu, F.relu)
        with self.init_scope():
            self.entryflow_conv1 = conv(3, 32, stride=2)
            self.entryflow_conv2 = conv(32, 64)
            self.entryflow_block1 = block(64, (128, 128, 128), stride=2)
            self.entryflow_block2 = block(128, (256, 256, 256), stride=2)
            self.entryflow_block3 = block(256, (728, 728, 728), stride=stride)
            for i in range(1, 17):
                middle = block(728, (728, 728, 728), dilate=dilate, skip_type='sum')
                setattr(self, f'middleflow_block{i}', middle)
            self.exitflow_block1 = block(728, (728, 1024, 1024), dilate=dilate)
            self.exitflow_block2 = block(
                1024,
                (1536, 1536, 2048),
                dilate=2 * dilate,
                skip_type='none',
                activ_first=False,
                dw_activ_list=relus,
                pw_activ_list=relus,
            )

    def forward(self, x: Any) -> tuple[chainer.Variable, chainer.Variable]:
        """Compute the features.

        Args:
            x: ``(N, 3, H, W)`` float32 RGB images in [-1, 1].

        Returns:
            The low level features ``(N, 256, H / 4, W / 4)`` and the high level features
            ``(N, 2048, H / 8, W / 8)``, or a sixteenth, sizes rounded up, both float32.
        """
        h = self.entryflow_conv2(self.entryflow_conv1(x))
        h, _ = self.entryflow_block1(h)
        h, lowlevel = self.entryflow_block2(h)
        h, _ = self.entryflow_block3(h)
        for i in range(1, 17):
            h, _ = self[f'middleflow_block{i}'](h)
        h, _ = self.exitflow_block1(h)
        highlevel, _ = self.exitflow_block2(h)
        return lowlevel, highlevel
