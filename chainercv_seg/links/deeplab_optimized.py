"""DeepLabV3+ prepared for inference on the CPU."""

from typing import Any

import chainer
import numpy as np
import numpy.typing as npt

from chainercv_seg.functions import prepare_convolution, resize_map
from chainercv_seg.functions.blas_threads import one_blas_thread
from chainercv_seg.links.aspp import SeparableASPP
from chainercv_seg.links.deeplab import Decoder, DeepLabV3plus
from chainercv_seg.links.folding import folded, is_relu, prepared
from chainercv_seg.links.xception_optimized import OptimizedSeparable, OptimizedXception65

FloatArray = npt.NDArray[np.float32]


class OptimizedASPP:
    """A `SeparableASPP` on channels-last maps.

    What the mean of the whole map contributes to the projection is the same at every position: it
    is projected once and added.

    Args:
        link: The link. It is left as it is.

    Raises:
        TypeError: It cannot be prepared.
    """

    def __init__(self, link: SeparableASPP) -> None:
        self.image_pooling = prepared(link.image_pooling_conv)
        self.branches: list[Any] = [
            prepared(link.conv1x1),
            *(OptimizedSeparable(atrous) for atrous in (link.atrous1, link.atrous2, link.atrous3)),
        ]
        W, bias = folded(link.proj.conv, link.proj.bn)
        pooled = link.image_pooling_conv.conv.W.shape[0]
        self.pooled_proj = prepare_convolution(W[:, :pooled])
        self.proj = prepare_convolution(W[:, pooled:], bias, relu=is_relu(link.proj.activ))

    def __call__(self, x: FloatArray) -> FloatArray:
        """Apply it to ``(N, H, W, C)`` float32."""
        mean = x.mean(axis=(1, 2), keepdims=True, dtype=np.float32)
        everywhere = self.pooled_proj(self.image_pooling(mean))
        h = np.concatenate([branch(x) for branch in self.branches], axis=-1)
        return self.proj(h, np.broadcast_to(everywhere, (*x.shape[:3], everywhere.shape[3])))


class OptimizedDecoder:
    """A `Decoder` on channels-last maps.

    Args:
        link: The link. It is left as it is.

    Raises:
        TypeError: It cannot be prepared.
    """

    def __init__(self, link: Decoder) -> None:
        self.feature_proj = prepared(link.feature_proj)
        self.separables = OptimizedSeparable(link.conv1), OptimizedSeparable(link.conv2)
        self.classifier = prepare_convolution(*folded(link.conv_logits))

    def __call__(self, x: FloatArray, pool: FloatArray) -> FloatArray:
        """Turn low level and pooled features into scores, all channels last."""
        h = np.concatenate((resize_map(pool, x.shape[1:3]), self.feature_proj(x)), axis=-1)
        for separable in self.separables:
            h = separable(h)
        return self.classifier(h)


class OptimizedDeepLabV3plus(DeepLabV3plus):
    """A DeepLabV3+ that only predicts, with less arithmetic.

    Batch normalizations are folded into kernels, maps are channels last, and what a depthwise
    convolution makes goes straight into the 1x1 product behind it.

    Args:
        link: The network. It is left as it is, and its parameters are not kept.

    Raises:
        TypeError: It cannot be prepared.
    """

    def __init__(self, link: Any) -> None:
        chainer.Chain.__init__(self)  # no parameters: all that is left of them is prepared below
        self.network = type(link).__name__
        self.min_input_size = link.min_input_size
        self.scales = link.scales
        self.flip = link.flip
        self.batchsize = link.batchsize
        self.feature_extractor = OptimizedXception65(link.feature_extractor)
        self.aspp = OptimizedASPP(link.aspp)
        self.decoder = OptimizedDecoder(link.decoder)

    @property
    def n_class(self) -> int:
        """Number of classes."""
        return self.decoder.classifier.weights.channels[1]

    def forward(self, x: Any) -> chainer.Variable:
        """Compute the scores, as DeepLabV3plus does, without a graph."""
        with one_blas_thread():
            lowlevel, h = self.feature_extractor(np.ascontiguousarray(np.moveaxis(x, 1, -1)))
            scores = self.decoder(lowlevel, self.aspp(h))
        return chainer.Variable(np.moveaxis(scores, -1, 1), requires_grad=False)

    @property
    def protocol(self) -> dict[str, str]:
        """How ``predict`` looks at an image, and that the arithmetic is another."""
        return {**super().protocol, 'model': self.network, 'arithmetic': 'optimized'}
