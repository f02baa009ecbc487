"""Convert weights of the original PSPNet (Caffe) for this library: see README.md beside this file."""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from chainercv_seg.cli.convert import run_conversion
from chainercv_seg.cli.parser import Parser
from chainercv_seg.links import Conv2DBNActiv, PSPNet, PSPNetResNet50, PSPNetResNet101
from chainercv_seg.weights.conversion import Conversion, number_of_classes, read_caffemodel

#: Epsilon of Caffe's BN layer.
_EPS = 1e-5
_STEM = {'conv1_1': 'conv1_1_3x3_s2', 'conv1_2': 'conv1_2_3x3', 'conv1_3': 'conv1_3_3x3'}
_BOTTLENECK = {
    'conv1': '1x1_reduce',
    'conv2': '3x3',
    'conv3': '1x1_increase',
    'residual_conv': '1x1_proj',
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Convert; see :func:`~chainercv_seg.cli.convert.run_conversion`."""
    parser = Parser(description='Convert a .caffemodel of the original PSPNet.')
    return run_conversion(_convert, parser, arguments)


def _convert(options: argparse.Namespace) -> tuple[Any, list[str]]:
    arrays = read_caffemodel(options.source)
    n_class = number_of_classes(arrays, 'conv6/0', (None, 512, 1, 1), origin=options.source)
    network = PSPNetResNet101 if 'conv4_23_3x3/0' in arrays else PSPNetResNet50
    link = network(n_class=n_class, initialW=0)
    return link, rules(link).apply(link, arrays, origin=options.source)


def rules(link: PSPNet) -> Conversion:
    """Say which layer of the original is which of ours. Its images are BGR, ours RGB."""
    conversion = Conversion()
    for path, sub in link.namedlinks():
        if isinstance(sub, Conv2DBNActiv):
            name, layer = path.strip('/'), _layer(path.strip('/'))
            conversion.use(f'{name}/conv/W', f'{layer}/0')
            sources = [f'{layer}/bn/{i}' for i in range(4)]
            conversion.use_batch_norm(f'{name}/bn', sub.bn, *sources, eps=_EPS)
    conversion.use('extractor/conv1_1/conv/W', 'conv1_1_3x3_s2/0', by=lambda W: W[:, ::-1])
    conversion.use('head_conv2/W', 'conv6/0')
    conversion.use('head_conv2/b', 'conv6/1', by=np.ravel)
    conversion.leave('.*aux', 'of the auxiliary classifier, which is used in training only')
    return conversion


def _layer(name: str) -> str:
    """Name of the layer in the original, for example ``conv4_2_1x1_reduce``."""
    first, *parts = name.split('/')
    if first == 'head_conv1':
        return 'conv5_4'
    if first == 'ppm':
        return f'conv5_3_pool{PSPNet.pyramids[int(parts[0])]}_conv'
    if len(parts) == 1:
        return _STEM[parts[0]]
    block, unit, conv = parts
    number = 1 if unit == 'a' else int(unit[1:]) + 1
    return f'conv{block.removeprefix("res")}_{number}_{_BOTTLENECK[conv]}'


if __name__ == '__main__':
    sys.exit(main())
