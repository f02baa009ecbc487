"""Xception65 and separable convolutions prepared for inference on the CPU."""

import numpy as np
import numpy.typing as npt

from chainercv_seg.engines.cpu.depthwise import DepthwiseConvolution, separable_convolution
from chainercv_seg.engines.cpu.products.convolution import prepare_matmul
from chainercv_seg.links.folding import folded, geometry, is_relu, prepared
from chainercv_seg.links.separable_conv_2d_bn_activ import SeparableConv2DBNActiv
from chainercv_seg.links.xception import Xception65, XceptionBlock

FloatArray = npt.NDArray[np.float32]


class OptimizedSeparable:
    """A `SeparableConv2DBNActiv` on channels-last maps: depthwise straight into the 1x1 product.

    Args:
        link: The link. It is left as it is.
        relu_before: Whether negative inputs count as 0.
        relu: Whether negative results become 0, if that is not for the link's own activation to say.

    Raises:
        TypeError: It cannot be prepared.
    """

    def __init__(
        self,
        link: SeparableConv2DBNActiv,
        *,
        relu_before: bool = False,
        relu: bool | None = None,
    ) -> None:
        W, bias = folded(link.depthwise, link.dw_bn)
        self.depthwise = DepthwiseConvolution(
            np.ascontiguousarray(W[:, 0].transpose(1, 2, 0), np.float32),
            bias.astype(np.float32),
            relu_before=relu_before,
            relu=is_relu(link.dw_activ),
            **geometry(link.depthwise),
        )
        W, bias = folded(link.pointwise, link.pw_bn)
        self.pointwise = prepare_matmul(W.astype(np.float32))
        self.bias = bias.astype(np.float32)
        self.relu = is_relu(link.pw_activ) if relu is None else relu

    def __call__(self, x: FloatArray, residual: FloatArray | None = None) -> FloatArray:
        """Apply it to ``(N, H, W, C)`` float32, and add the residual before ReLU."""
        return separable_convolution(
            x, self.depthwise, self.pointwise, bias=self.bias, residual=residual, relu=self.relu
        )


class OptimizedXceptionBlock:
    """An `XceptionBlock` on channels-last maps; what skips it is added while it writes.

    ReLU is applied to what a convolution reads, where what comes before it is needed too.

    Args:
        link: The block. It is left as it is.

    Raises:
        TypeError: It cannot be prepared.
    """

    def __init__(self, link: XceptionBlock) -> None:
        self.skip_type = link.skip_type
        if link.skip_type != 'none' and is_relu(link.separable3.pw_activ):
            raise TypeError('expected no activation before what skips a block is added')
        self.separable1 = OptimizedSeparable(link.separable1, relu_before=link.activ_first)
        self.separable2 = OptimizedSeparable(link.separable2)
        self.separable3 = OptimizedSeparable(
            link.separable3,
            relu_before=is_relu(link.separable2_activ),
            relu=None if link.activ_first else True,
        )
        self.projection = prepared(link.conv) if link.skip_type == 'conv' else None

    def __call__(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Apply it to ``(N, H, W, C)`` float32.

        Returns:
            The output, and that of the second convolution before its activation.
        """
        separable2 = self.separable2(self.separable1(x))
        residual = x if self.skip_type == 'sum' else None
        if self.projection is not None:
            residual = self.projection(x)
        return self.separable3(separable2, residual), separable2


class OptimizedXception65:
    """What `Xception65` computes, on channels-last maps.

    Args:
        link: The network. It is left as it is, and its parameters are not kept.

    Raises:
        TypeError: It cannot be prepared.
    """

    def __init__(self, link: Xception65) -> None:
        self.mean = link.mean.copy()
        self.stem = prepared(link.entryflow_conv1), prepared(link.entryflow_conv2)
        names = [
            *(f'entryflow_block{i}' for i in (1, 2, 3)),
            *(f'middleflow_block{i}' for i in range(1, 17)),
            *(f'exitflow_block{i}' for i in (1, 2)),
        ]
        self.blocks = [(name, OptimizedXceptionBlock(link[name])) for name in names]

    def __call__(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Turn ``(N, H, W, 3)`` float32 into low and high level features."""
        for convolution in self.stem:
            x = convolution(x)
        for name, block in self.blocks:
            x, between = block(x)
            if name == 'entryflow_block2':
                lowlevel = between
        return lowlevel, x
