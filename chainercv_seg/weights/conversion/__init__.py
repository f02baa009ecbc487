"""Weights of other frameworks: reading their files, and putting their arrays into our networks."""

from chainercv_seg.weights.conversion.caffe import read_caffemodel
from chainercv_seg.weights.conversion.conversion import (
    Conversion,
    array_names,
    number_of_classes,
)
from chainercv_seg.weights.conversion.tensorflow import read_frozen_graph
from chainercv_seg.weights.conversion.torch_checkpoint import read_torch_checkpoint

__all__ = [
    'Conversion',
    'array_names',
    'number_of_classes',
    'read_caffemodel',
    'read_frozen_graph',
    'read_torch_checkpoint',
]
