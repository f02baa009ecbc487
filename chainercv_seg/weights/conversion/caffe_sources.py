"""Which network of ours a model of Caffe holds."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from chainercv_seg.utils.errors import WeightsError
from chainercv_seg.weights.conversion.caffe import read_caffemodel
from chainercv_seg.weights.conversion.caffe_layers import Layer, layers_in_model, layers_in_prototxt
from chainercv_seg.weights.conversion.pspnet_names import CAFFE
from chainercv_seg.weights.conversion.pspnet_sources import pspnet_source
from chainercv_seg.weights.conversion.segnet_source import CLASSIFIERS, segnet_source
from chainercv_seg.weights.conversion.source import Known, Source
from chainercv_seg.weights.conversion.table import units

#: What networks that ours are not are told by.
_OTHERS = {
    'conv5_3_D/0': 'SegNet on VGG-16 (here there is SegNet-Basic)',
    'conv1_2_D/0': 'SegNet on VGG-16 (here there is SegNet-Basic)',
    'conv5_3/0': 'a network on VGG-16',
    'conv4_36_3x3/0': 'PSPNet on a deeper ResNet than those of 50 and 101 layers',
    'res5c_branch2c/0': 'a network on the ResNet of its authors, whose layers have other names',
    'fc8/0': 'a network for ImageNet',
    'sub4/conv5_3/0': 'ICNet',
}


def caffe_source(path: str | os.PathLike[str], known: Known) -> Source:
    """Read a model of Caffe and describe the network in it.

    Args:
        path: The ``.caffemodel``.
        known: What its owner knows.

    Raises:
        WeightsError: The file is missing or broken, or holds none of our networks.
    """
    arrays = read_caffemodel(path)
    if 'conv5_3_pool1_conv/0' in arrays or 'conv5_4/0' in arrays or 'conv6/0' in arrays:
        return _pspnet(arrays, known, path)
    if 'conv_decode4/0' in arrays or any(f'{name}/0' in arrays for name in CLASSIFIERS):
        return segnet_source(arrays, path)
    told = next((what for name, what in _OTHERS.items() if name in arrays), None)
    if told:
        raise WeightsError(f'{path} holds no network of ours: it looks like {told}')
    return segnet_source(arrays, path)  # which says what it expects


def _pspnet(arrays: Mapping[str, np.ndarray], known: Known, path: str | os.PathLike[str]) -> Source:
    layers = (
        layers_in_prototxt(known.prototxt) if known.prototxt is not None else layers_in_model(path)
    )
    arguments: dict[str, Any] = {'tiling': 'corner', 'sum_flips': True}
    notes = []
    reduce, spatial = layers.get('conv3_1_1x1_reduce'), layers.get('conv3_1_3x3')
    if known.stride_first is not None:
        arguments['stride_first'] = known.stride_first
    elif reduce is not None and spatial is not None:
        arguments['stride_first'] = reduce.stride > spatial.stride
    else:
        # Of what the authors published, the network of 50 layers alone has the stride there.
        arguments['stride_first'] = 'conv4_7_3x3/0' not in arrays
        where = 'first 1x1' if arguments['stride_first'] else '3x3'
        notes.append(
            f"the stride of the third block is taken to be in its {where} convolution, as in the authors' "
            f'network of as many layers: the file does not say so (--prototxt or --stride-first do)'
        )
    window = layers.get('conv5_3_pool1')
    if window is not None and window.kernel:
        arguments['input_size'] = (8 * (window.kernel - 1) + 1,) * 2
    source = pspnet_source(
        CAFFE,
        arrays,
        known,
        what='PSPNet of its authors (Caffe)',
        arguments=arguments,
        origin=path,
        notes=tuple(notes),
    )
    return replace(source, geometry=partial(_geometry, layers))


def _geometry(layers: Mapping[str, Layer], names: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Tell what the layers are said to do, by the names of ours."""
    there = {unit: layers.get(CAFFE.modules(unit)[0]) for unit in units(names)}
    return {
        f'{unit}/conv': (layer.stride, layer.dilation)
        for unit, layer in there.items()
        if layer is not None
    }
