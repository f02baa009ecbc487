"""Convert weights of the original PSPNet (Caffe) for this library: see README.md beside this file."""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from chainercv_seg.cli.convert import run_conversion
from chainercv_seg.cli.parser import Parser
from chainercv_seg.links import PSPNet, PSPNetResNet50, PSPNetResNet101
from chainercv_seg.weights.conversion import (
    Conversion,
    array_names,
    number_of_classes,
    read_caffemodel,
)
from chainercv_seg.weights.conversion.pspnet_names import CAFFE


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
    """Say which layer of the original is which of ours."""
    return Conversion.of(link, CAFFE.table(array_names(link)), left=CAFFE.left)


if __name__ == '__main__':
    sys.exit(main())
