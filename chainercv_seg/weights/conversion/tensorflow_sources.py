"""Which network of ours a graph or a checkpoint of TensorFlow holds."""

import os
import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from chainercv_seg.utils.errors import UsageError, WeightsError
from chainercv_seg.weights.conversion.conversion import Conversion, array_names, number_of_classes
from chainercv_seg.weights.conversion.deeplab_names import (
    EPS,
    LEFT,
    LOGITS,
    XCEPTION_EPS,
    deeplab_table,
    scope,
)
from chainercv_seg.weights.conversion.source import Known, Source
from chainercv_seg.weights.conversion.table import separable_units, units
from chainercv_seg.weights.conversion.tensorflow import read_frozen_graph
from chainercv_seg.weights.conversion.tensorflow_checkpoint import (
    CheckpointPaths,
    checkpoint_paths,
    read_tensorflow_checkpoint,
)
from chainercv_seg.weights.conversion.tensorflow_graph import Geometry, convolutions_in_graph

#: What the authors' graphs were trained on, by their number of classes. That of ADE20K has a background
#: first.
_TASKS = {21: 'voc', 19: 'cityscapes', 151: 'ade20k'}
_CLASSES = {task: n_class for n_class, task in _TASKS.items()}
_SIZES = {'cityscapes': (1025, 2049)}
_SIZE = (513, 513)
#: Rates of the three dilated convolutions, by output stride, as the authors have them.
_RATES = {8: (12, 24, 36), 16: (6, 12, 18)}
_DECAY = 0.9997
#: What networks that ours are not are told by.
_OTHERS = (
    (r'MobilenetV[23]', 'DeepLabV3 or DeepLabV3+ on a MobileNet'),
    (r'xception_(41|71)/', 'DeepLab on an Xception of another number of layers than 65'),
    (r'resnet_v1_\d+', 'DeepLab on a ResNet'),
    (r'(hnasnet|nas_hnasnet|pnasnet)', 'Auto-DeepLab'),
    (r'xception_65/', 'DeepLabV3 without decoder, on Xception-65'),
)


def tensorflow_source(path: str | os.PathLike[str], known: Known) -> Source:
    """Read a frozen graph or a checkpoint and describe the network in it.

    Args:
        path: The graph (``.pb``), or one of the files of a checkpoint, or what they begin with.
        known: What its owner knows.

    Raises:
        WeightsError: A file is missing or broken, or holds none of our networks, or one that is not known
            well enough.
        UsageError: The task is another one than the graph's.
    """
    paths = checkpoint_paths(path)
    if paths is None:
        arrays, convolutions = read_frozen_graph(path), convolutions_in_graph(path)
        left: Sequence[tuple[str, str]] = LEFT
    else:
        arrays = read_tensorflow_checkpoint(paths)
        convolutions = _of_training(paths)
        left = (
            (r'.*/(Momentum|Adam|Adam_1|ExponentialMovingAverage)$', 'of the training'),
            ('global_step', 'a count of iterations, not a weight'),
            *LEFT,
        )
    if not any(name.startswith('xception_65/') for name in arrays) or not any(
        name.startswith('decoder/') for name in arrays
    ):
        raise WeightsError(f'{path} holds no network of ours: {_told(arrays)}')
    return _deeplab(arrays, convolutions, known, path, left)


def _of_training(paths: CheckpointPaths) -> dict[str, Geometry]:
    """Read the graph of a training, where it is there, without what its names begin with."""
    if not paths.meta.is_file():
        return {}
    found = convolutions_in_graph(paths.meta, meta=True)
    return {re.sub(r'^clone_\d+/', '', name): geometry for name, geometry in found.items()}


def _deeplab(
    arrays: Mapping[str, np.ndarray],
    convolutions: Mapping[str, Geometry],
    known: Known,
    path: object,
    left: Sequence[tuple[str, str]],
) -> Source:
    n_class = number_of_classes(arrays, f'{LOGITS}/weights', (1, 1, 256, None), origin=path)
    task = _TASKS.get(n_class)
    if known.task is not None and task not in (None, known.task):
        raise UsageError(
            f'{path} has {n_class} classes, as the graphs trained on {task}, but --task {known.task} was '
            'given'
        )
    task = known.task or task
    background = int(task == 'ade20k')
    if n_class == background:
        raise WeightsError(f'{path} has one class, and so none but the background')
    stride, rates, notes = _strides(convolutions, known, path)
    if background:
        notes += ('class 0, the background, is left out, as ChainerCV does',)
    bn = {'decay': _DECAY, 'eps': EPS}
    return Source(
        what=f'DeepLabV3+ of its authors (TensorFlow), Xception-65, output stride {stride}, '
        f'{n_class} classes',
        model='deeplab_v3plus_xception65',
        arguments={
            'n_class': n_class - background,
            'min_input_size': known.input_size or _SIZES.get(str(task), _SIZE),
            'softmax_first': False,
            'extractor_kwargs': {
                'bn_kwargs': {'decay': _DECAY, 'eps': XCEPTION_EPS},
                'output_stride': stride,
            },
            'aspp_kwargs': {'bn_kwargs': bn, 'dilate_list': rates},
            'decoder_kwargs': {'bn_kwargs': bn},
        },
        arrays=arrays,
        rules=partial(_rules, first_class=background, left=left),
        geometry=partial(_geometry, convolutions),
        notes=notes,
    )


def _strides(
    convolutions: Mapping[str, Geometry], known: Known, path: object
) -> tuple[int, tuple[int, ...], tuple[str, ...]]:
    """Tell the output stride, the rates of the pooling, and what was assumed."""
    third = convolutions.get(_node(f'{scope("feature_extractor/entryflow_block3/conv")}', 'Conv2D'))
    found = [convolutions.get(_node(f'aspp{i}_depthwise', 'depthwise')) for i in (1, 2, 3)]
    rates = tuple(geometry.rate for geometry in found if geometry is not None)
    if third is None and known.output_stride is None:
        raise WeightsError(
            f'{path} does not tell its output stride, on which the labels depend: give --output-stride 8 or '
            '16 as it was exported or trained, or put the .meta file of a checkpoint beside it'
        )
    stride = known.output_stride or (8 * third.stride if third else 8)
    if stride not in _RATES:
        raise WeightsError(f'{path} has output stride {stride}; here there are 8 and 16')
    if len(rates) == len(_RATES[stride]):
        return stride, rates, ()
    note = f'the rates are taken to be {_RATES[stride]}, which the file does not tell'
    return stride, _RATES[stride], (note,)


def _node(name: str, operation: str) -> str:
    return f'{name}/{operation}'


def _geometry(
    convolutions: Mapping[str, Geometry], names: Sequence[str]
) -> dict[str, tuple[int, int]]:
    """Tell what the convolutions of the graph do, by the names of ours."""
    nodes = {f'{unit}/conv': _node(scope(unit), 'Conv2D') for unit in units(names)}
    nodes |= {
        f'{unit}/depthwise': _node(f'{scope(unit)}_depthwise', 'depthwise')
        for unit in separable_units(names)
    }
    return {
        name: (convolutions[node].stride, convolutions[node].rate)
        for name, node in nodes.items()
        if node in convolutions
    }


def _rules(link: Any, *, first_class: int, left: Sequence[tuple[str, str]]) -> Conversion:
    """Say which variable is which array of ours; ``first_class`` is that which becomes class 0."""
    conversion = Conversion.of(link, deeplab_table(array_names(link)), left=left)
    if first_class:
        conversion.use(
            'decoder/conv_logits/W',
            f'{LOGITS}/weights',
            by=lambda W: W.transpose(3, 2, 0, 1)[first_class:],
        )
        conversion.use('decoder/conv_logits/b', f'{LOGITS}/biases', by=lambda b: b[first_class:])
    return conversion


def _told(arrays: Mapping[str, np.ndarray]) -> str:
    for pattern, what in _OTHERS:
        if any(re.match(pattern, name) for name in arrays):
            return f'it looks like {what}'
    return f'its variables are {", ".join(list(arrays)[:3])} and so on'
