"""Convert a PSPNet of PyTorch (semseg, mmsegmentation) for this library: see README.md."""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from chainercv_seg.cli.convert import run_conversion
from chainercv_seg.cli.parser import Parser
from chainercv_seg.links import PSPNet, PSPNetResNet50, PSPNetResNet101
from chainercv_seg.weights.conversion import (
    Conversion,
    array_names,
    number_of_classes,
    read_torch_checkpoint,
)
from chainercv_seg.weights.conversion.pspnet_names import (
    MMSEGMENTATION,
    SEMSEG,
    PSPNetNames,
)

# Images are brought to about [-2, 2]; ours only lose the mean.
_MEAN = np.array((123.675, 116.28, 103.53), np.float32)[:, None, None]
_STD = np.array((58.395, 57.12, 57.375), np.float32)[:, None, None]
_DIFFERENT = (
    'note: mmsegmentation enlarges maps with align_corners=False and dilates the first bottleneck of the '
    'last two blocks half as much; this network does as the original, so that its scores differ'
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Convert; see :func:`~chainercv_seg.cli.convert.run_conversion`."""
    parser = Parser(description='Convert a checkpoint of a PSPNet of PyTorch.')
    return run_conversion(_convert, parser, arguments)


def _convert(options: argparse.Namespace) -> tuple[Any, list[str]]:
    arrays = read_torch_checkpoint(options.source)
    mmseg = any(name.startswith('decode_head.') for name in arrays)
    names = MMSEGMENTATION if mmseg else SEMSEG
    n_class = number_of_classes(
        arrays, f'{names.last}.weight', (None, 512, 1, 1), origin=options.source
    )
    deep = any('layer3.22.' in name for name in arrays)
    network = PSPNetResNet101 if deep else PSPNetResNet50
    link = network(n_class=n_class, initialW=0)
    lines = rules(link, names).apply(link, arrays, origin=options.source)
    return link, [*lines, _DIFFERENT] if mmseg else lines


def rules(link: PSPNet, names: PSPNetNames) -> Conversion:
    """Say which module of the other network is which of ours."""
    conversion = Conversion.of(link, names.table(array_names(link)), left=names.left)
    conv, bn = names.modules('extractor/conv1_1')
    conversion.use('extractor/conv1_1/conv/W', f'{conv}.weight', by=lambda W: W / _STD)
    conversion.use(
        'extractor/conv1_1/bn/avg_mean',
        f'{bn}.running_mean',
        f'{conv}.weight',
        by=lambda mean, W: mean + ((_MEAN - link.mean) * W / _STD).sum(axis=(1, 2, 3)),
    )
    return conversion


if __name__ == '__main__':
    sys.exit(main())
