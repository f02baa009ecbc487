"""PSPNet prepared for inference on the CPU."""

from itertools import pairwise
from typing import Any

import chainer
import numpy as np
import numpy.typing as npt

from chainercv_seg.functions import (
    average_pool,
    bilinear_matrix,
    prepare_convolution,
    resize_planes,
)
from chainercv_seg.functions.blas_threads import one_blas_thread
from chainercv_seg.links.folding import folded, geometry, is_relu, prepared
from chainercv_seg.links.pspnet import PSPNet
from chainercv_seg.links.resnet_optimized import OptimizedResNet

FloatArray = npt.NDArray[np.float32]


class OptimizedPyramid:
    """Pooling over the pyramid and the 3x3 convolution behind it, on channels-last maps.

    Half of what that convolution reads are tiny maps resized bilinearly. Resizing acts on positions
    and the kernel's taps on channels, so they commute: each tap is applied to the tiny map, then the
    results are resized, moved by the tap and summed up. With one matrix for resizing and moving, that
    has no ones where zero padding is moved in, this is exact at the border too, and costs two small
    matrix products.

    Args:
        ppm: The pooling module.
        conv: The `Conv2DBNActiv` behind it.

    Raises:
        TypeError: They cannot be prepared.
    """

    def __init__(self, ppm: Any, conv: Any) -> None:
        W, bias = folded(conv.conv, conv.bn)
        O, C, self.taps, _ = W.shape
        self.pad = geometry(conv.conv)['pad']
        self.ksizes = ppm.ksizes
        self.projections = [prepared(projection) for projection in ppm]
        widths = [projection.conv.W.shape[0] for projection in ppm]
        ends = np.cumsum([C - sum(widths), *widths])
        self.conv = prepare_convolution(
            W[:, : ends[0]], bias, pad=self.pad, relu=is_relu(conv.activ)
        )
        # Of each level, one matrix from its channels to what all taps make of them.
        self.matrices = [
            np.ascontiguousarray(
                W[:, start:stop].transpose(1, 2, 3, 0).reshape(stop - start, -1), np.float32
            )
            for start, stop in pairwise(ends)
        ]
        self.channels = O

    def __call__(self, x: FloatArray) -> FloatArray:
        """Turn the extractor's features ``(N, H, W, C)`` float32 into those of the classifier."""
        return self.conv(x, self.tiny_maps(x))

    def tiny_maps(self, x: FloatArray) -> FloatArray:
        """Compute what the pooled maps contribute, ``(N, H, W, channels)`` float32."""
        N, H, W, _ = x.shape
        rows: list[FloatArray] = []
        blended: list[FloatArray] = []
        for ksize, projection, matrix in zip(
            self.ksizes, self.projections, self.matrices, strict=True
        ):
            tiny = projection(average_pool(x, ksize))
            _, h, w, _ = tiny.shape
            taps = (tiny @ matrix).reshape(N, h, w, self.taps, self.taps, self.channels)
            taps = taps.transpose(0, 3, 1, 4, 2, 5)  # (N, tap, h, tap, w, channels)
            taps = taps.reshape(N, self.taps * h, self.taps * w, self.channels)
            blended.append(self.moved(w, W) @ taps)
            rows.append(self.moved(h, H))
        wide = np.concatenate(blended, axis=1).reshape(N, -1, W * self.channels)
        return (np.concatenate(rows, axis=1) @ wide).reshape(N, H, W, self.channels)

    def moved(self, length: int, size: int) -> FloatArray:
        """Make the matrix ``(size, taps * length)`` that resizes an axis and moves it by each tap."""
        matrix = np.pad(bilinear_matrix(length, size), ((self.pad, self.pad), (0, 0)))
        return np.concatenate([matrix[tap : tap + size] for tap in range(self.taps)], axis=1)


class OptimizedPSPNet(PSPNet):
    """A PSPNet that only predicts, with less arithmetic.

    Batch normalizations are folded into kernels, maps are channels last, and 3x3 convolutions go by
    Winograd's algorithm.

    Args:
        link: The network. It is left as it is, and its parameters are not kept.

    Raises:
        TypeError: It cannot be prepared.
    """

    def __init__(self, link: PSPNet) -> None:
        chainer.Chain.__init__(self)  # no parameters: all that is left of them is prepared below
        self.network = type(link).__name__
        self.input_size = link.input_size
        self.mean = link.mean if link.mean is None else link.mean.copy()
        self.scales = link.scales
        self.flip = link.flip
        self.stride_rate = link.stride_rate
        self.batchsize = link.batchsize
        self.features = OptimizedResNet(link.extractor)
        self.pyramid = OptimizedPyramid(link.ppm, link.head_conv1)
        self.classifier = prepare_convolution(*folded(link.head_conv2))

    @property
    def n_class(self) -> int:
        """Number of classes."""
        return self.classifier.weights.channels[1]

    def score(self, x: Any) -> Any:
        """Compute the scores ``(N, n_class, H / 8, W / 8)``, before they are resized."""
        with one_blas_thread():
            h = np.ascontiguousarray(np.moveaxis(x, 1, -1))
            return np.moveaxis(self.classifier(self.pyramid(self.features(h))), -1, 1)

    def forward(self, x: Any) -> chainer.Variable:
        """Compute the scores of each pixel, as PSPNet does, without a graph."""
        return chainer.Variable(resize_planes(self.score(x), x.shape[2:]), requires_grad=False)

    @property
    def protocol(self) -> dict[str, str]:
        """How ``predict`` looks at an image, and that the arithmetic is another."""
        return {**super().protocol, 'model': self.network, 'arithmetic': 'optimized'}
