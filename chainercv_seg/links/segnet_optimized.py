"""SegNet prepared for inference on the CPU."""

from typing import Any

import chainer
import numpy as np

from chainercv_seg.functions import local_response_normalization, prepare_convolution
from chainercv_seg.functions.blas_threads import one_blas_thread
from chainercv_seg.links.folding import folded
from chainercv_seg.links.segnet import SegNetBasic


class OptimizedSegNet(SegNetBasic):
    """A SegNet that only predicts, with less arithmetic.

    Batch normalizations are folded into kernels, and the classifier into the last one, which then
    has as many output channels as there are classes: nothing but linear maps lies between them.
    Maps are channels last. The 7x7 convolutions go by FFT and pool, or put back what was pooled,
    while a tile is in the cache.

    Args:
        link: The network. It is left as it is, and its parameters are not kept.
    """

    def __init__(self, link: SegNetBasic) -> None:
        chainer.Chain.__init__(self)  # no parameters: all that is left of them is prepared below
        self.n_class = link.n_class
        self.batchsize = link.batchsize
        self.encoder = [
            prepare_convolution(
                *folded(link[f'conv{i}'], link[f'conv{i}_bn']), pad=3, relu=True, pool=True
            )
            for i in (1, 2, 3, 4)
        ]
        self.decoder = []
        for i in (4, 3, 2, 1):
            W, bias = folded(link[f'conv_decode{i}'], link[f'conv_decode{i}_bn'])
            if i == 1:
                classifier, shift = folded(link.conv_classifier)
                classifier = classifier[:, :, 0, 0]
                W = np.tensordot(classifier, W, axes=1)
                bias = classifier @ bias + shift
            self.decoder.append(prepare_convolution(W, bias, pad=3))

    def forward(self, x: Any) -> chainer.Variable:
        """Compute the scores of each pixel, as SegNetBasic does, without a graph."""
        codes = []
        with one_blas_thread():
            h = np.ascontiguousarray(np.moveaxis(x, 1, -1))
            h = local_response_normalization(h, n=5, k=1, alpha=1e-4 / 5, beta=0.75)
            for convolution in self.encoder:
                h, code = convolution.pooled(h)
                codes.append(code)
            for convolution in self.decoder:
                code = codes.pop()
                # Maps of odd sizes are pooled to sizes rounded up: both are cut to the smaller.
                rows, columns = np.minimum(h.shape[1:3], code.shape[1:3])
                part = (slice(None), slice(rows), slice(columns))
                h = convolution.unpooled(h[part], np.ascontiguousarray(code[part]))
        return chainer.Variable(np.moveaxis(h, -1, 1), requires_grad=False)

    @property
    def protocol(self) -> dict[str, str]:
        """How ``predict`` looks at an image, and that the arithmetic is another."""
        return {**super().protocol, 'model': SegNetBasic.__name__, 'arithmetic': 'optimized'}
