"""SegNet-Basic of its authors (Caffe)."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from chainercv_seg.weights.conversion.conversion import Conversion, number_of_classes
from chainercv_seg.weights.conversion.source import Source

_CONVOLUTIONS = [f'{name}{i}' for name in ('conv', 'conv_decode') for i in (1, 2, 3, 4)]
#: The last layer in the tutorial, and in the model zoo.
CLASSIFIERS = ('conv_classifier', 'dense_softmax_inner_prod')


def segnet_source(arrays: Mapping[str, np.ndarray], origin: object) -> Source:
    """Describe a SegNet-Basic.

    Args:
        arrays: What the file holds.
        origin: The file, for errors.

    Raises:
        WeightsError: It is none.
    """
    classifier = next((name for name in CLASSIFIERS if f'{name}/0' in arrays), CLASSIFIERS[0])
    n_class = number_of_classes(arrays, f'{classifier}/0', (None, 64, 1, 1), origin=origin)
    return Source(
        what=f'SegNet-Basic of its authors (Caffe), {n_class} classes',
        model='segnet',
        arguments={'n_class': n_class},
        arrays=arrays,
        rules=lambda link: segnet_rules(link, classifier),
        notes=(
            'its batch normalization is taken to be what compute_bn_statistics.py makes of it, a factor '
            'and an offset for each channel: a file from before that script looks the same, and is useless',
        ),
    )


def segnet_rules(link: Any, classifier: str) -> Conversion:
    """Say which layer of the original is which of ours.

    The original's images are BGR. Its batch normalization, after the script that computes its
    statistics, is a factor and an offset for each channel; and its convolutions have a bias.

    Args:
        link: Our network.
        classifier: Name of the original's last layer.
    """
    conversion = Conversion()
    for name in _CONVOLUTIONS:
        eps = np.float32(link[f'{name}_bn'].eps)
        factor, offset, bias = f'{name}_bn/0', f'{name}_bn/1', f'{name}/1'
        conversion.use(f'{name}/W', f'{name}/0')
        conversion.use(f'{name}_bn/gamma', factor, by=np.ravel)
        conversion.use(
            f'{name}_bn/beta',
            factor,
            offset,
            bias,
            by=_offset,
        )
        conversion.use(f'{name}_bn/avg_mean', factor, by=lambda f: np.zeros_like(f.ravel()))
        conversion.use(
            f'{name}_bn/avg_var', factor, by=lambda f, eps=eps: np.full_like(f.ravel(), 1 - eps)
        )
    conversion.use('conv1/W', 'conv1/0', by=lambda W: W[:, ::-1])
    conversion.use('conv_classifier/W', f'{classifier}/0')
    conversion.use('conv_classifier/b', f'{classifier}/1', by=np.ravel)
    return conversion


def _offset(factor: np.ndarray, offset: np.ndarray, bias: np.ndarray) -> np.ndarray:
    if not factor.size == offset.size == bias.size:
        raise ValueError('sizes differ')
    return offset.ravel() + factor.ravel() * bias.ravel()
