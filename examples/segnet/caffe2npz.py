"""Convert weights of the original SegNet-Basic (Caffe) for this library: see README.md."""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from chainercv_seg.cli.convert import run_conversion
from chainercv_seg.cli.parser import Parser
from chainercv_seg.links import SegNetBasic
from chainercv_seg.weights.conversion import Conversion, number_of_classes, read_caffemodel

_CONVOLUTIONS = [f'{name}{i}' for name in ('conv', 'conv_decode') for i in (1, 2, 3, 4)]
#: The last layer in the tutorial, and in the model zoo.
_CLASSIFIERS = ('conv_classifier', 'dense_softmax_inner_prod')


def main(arguments: Sequence[str] | None = None) -> int:
    """Convert; see :func:`~chainercv_seg.cli.convert.run_conversion`."""
    parser = Parser(
        description='Convert a .caffemodel of the original SegNet-Basic, with its batch statistics.'
    )
    return run_conversion(_convert, parser, arguments)


def _convert(options: argparse.Namespace) -> tuple[Any, list[str]]:
    arrays = read_caffemodel(options.source)
    classifier = next((name for name in _CLASSIFIERS if f'{name}/0' in arrays), _CLASSIFIERS[0])
    n_class = number_of_classes(arrays, f'{classifier}/0', (None, 64, 1, 1), origin=options.source)
    link = SegNetBasic(n_class=n_class, initialW=0)
    return link, rules(link, classifier).apply(link, arrays, origin=options.source)


def rules(link: SegNetBasic, classifier: str) -> Conversion:
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


if __name__ == '__main__':
    sys.exit(main())
