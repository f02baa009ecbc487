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
from chainercv_seg.prepared.folding import bare_convolution, folded, geometry, is_pointwise


def write_segnet(link: SegNetBasic) -> Program:
    """Describe SegNet.

    The classifier goes into the last kernel, which then has as many output channels as there are classes:
    nothing but linear maps lies between them.

    Raises:
        TypeError: A part of it is not known.
    """
    program = Program()
    h = program.write(Image(local_response=LocalResponse(**LOCAL_RESPONSE)))
    pooled = []
    for i in (1, 2, 3, 4):
        h = bare_convolution(
            program, h, link[f'conv{i}'], link[f'conv{i}_bn'], relu=True, pool=True
        )
        pooled.append(h)
    for i in (4, 3, 2):
        h = program.write(Unpool(x=h, pooled=pooled.pop()))
        h = bare_convolution(program, h, link[f'conv_decode{i}'], link[f'conv_decode{i}_bn'])
    h = program.write(Unpool(x=h, pooled=pooled.pop()))
    last, classifier = (link.conv_decode1, link.conv_decode1_bn), link.conv_classifier
    weights, classes = folded(*last), folded(classifier)
    if is_pointwise(classifier) and last[0].groups == 1:
        node = Convolution(x=h, weights=_classified(weights, classes), **geometry(last[0]))
        program.write(node)
    else:
        bare_convolution(program, bare_convolution(program, h, *last), classifier)
    return program


def _classified(weights: Weights, classifier: Weights) -> Weights:
    """Fold the 1x1 convolution that follows into a kernel."""

    def fold() -> tuple[DoubleArray, DoubleArray]:
        W, bias = weights.fold()
        classes, shift = classifier.fold()
        classes = classes[:, :, 0, 0]
        return np.tensordot(classes, W, axes=1), classes @ bias + shift

    return Weights((classifier.shape[0], *weights.shape[1:]), fold)
