"""The dilated residual network prepared for inference on the CPU."""

from typing import Any

import numpy as np
import numpy.typing as npt

from chainercv_seg.engines.cpu.pooling import max_pool
from chainercv_seg.links.folding import prepared
from chainercv_seg.links.resnet import Bottleneck, DilatedResNet

FloatArray = npt.NDArray[np.float32]


class OptimizedBottleneck:
    """A bottleneck on channels-last maps; its last convolution adds the residual while writing.

    Args:
        link: The bottleneck, without squeeze and excitation.

    Raises:
        TypeError: It cannot be prepared.
    """

    def __init__(self, link: Bottleneck) -> None:
        if hasattr(link, 'se'):
            raise TypeError('expected bottlenecks without squeeze and excitation to optimize')
        self.convolutions = prepared(link.conv1), prepared(link.conv2)
        self.last = prepared(link.conv3, relu=True)
        self.projection = prepared(link.residual_conv) if hasattr(link, 'residual_conv') else None

    def __call__(self, x: FloatArray) -> FloatArray:
        """Apply it to ``(N, H, W, C)`` float32."""
        h = x
        for convolution in self.convolutions:
            h = convolution(h)
        return self.last(h, x if self.projection is None else self.projection(x))


class OptimizedResNet:
    """What `DilatedResNet` computes up to its last block, on channels-last maps.

    Args:
        link: The network. It is left as it is, and its parameters are not kept.

    Raises:
        TypeError: It cannot be prepared.
    """

    def __init__(self, link: DilatedResNet) -> None:
        self.stem = [prepared(link[name]) for name in ('conv1_1', 'conv1_2', 'conv1_3')]
        blocks: list[Any] = [link[name] for name in ('res2', 'res3', 'res4', 'res5')]
        self.bottlenecks = [
            OptimizedBottleneck(block[name]) for block in blocks for name in block.layer_names
        ]

    def __call__(self, x: FloatArray) -> FloatArray:
        """Turn ``(N, H, W, 3)`` float32 into ``(N, H / 8, W / 8, 2048)``, sizes rounded up."""
        for convolution in self.stem:
            x = convolution(x)
        x = max_pool(x, size=3, stride=2, pad=1)
        for bottleneck in self.bottlenecks:
            x = bottleneck(x)
        return x
