"""SegNet as a program."""

import numpy as np

from chainercv_seg.engines.program import (
    Convolution,
    DoubleArray,
    Image,
    LocalResponse,
    Program,
    Unpool,
    Weights,
)
from chainercv_seg.links import SegNetBasic
from chainercv_seg.links.segnet_training import LOCAL_RESPONSE
from chainercv_seg.prepared.folding import folded, geometry


def write_segnet(link: SegNetBasic) -> Program:
    """Describe SegNet.

    The classifier goes into the last kernel, which then has as many output channels as there are classes:
    nothing but linear maps lies between them.
    """
    program = Program()
    h = program.write(Image(local_response=LocalResponse(**LOCAL_RESPONSE)))
    pooled = []
    for i in (1, 2, 3, 4):
        conv = link[f'conv{i}']
        weights = folded(conv, link[f'conv{i}_bn'])
        node = Convolution(x=h, weights=weights, relu=True, pool=True, **geometry(conv))
        h = program.write(node)
        pooled.append(h)
    for i in (4, 3, 2, 1):
        conv = link[f'conv_decode{i}']
        weights = folded(conv, link[f'conv_decode{i}_bn'])
        if i == 1:
            weights = _classified(weights, folded(link.conv_classifier))
        h = program.write(Unpool(x=h, pooled=pooled.pop()))
        h = program.write(Convolution(x=h, weights=weights, **geometry(conv)))
    return program


def _classified(weights: Weights, classifier: Weights) -> Weights:
    """Fold the 1x1 convolution that follows into a kernel."""

    def fold() -> tuple[DoubleArray, DoubleArray]:
        W, bias = weights.fold()
        classes, shift = classifier.fold()
        classes = classes[:, :, 0, 0]
        return np.tensordot(classes, W, axes=1), classes @ bias + shift

    return Weights((classifier.shape[0], *weights.shape[1:]), fold)
