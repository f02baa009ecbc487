"""Convert the official DeepLabV3+ (TensorFlow) for this library: see README.md beside this file."""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from chainercv_seg.cli.convert import run_conversion
from chainercv_seg.cli.parser import Parser
from chainercv_seg.links import DeepLabV3plusXception65
from chainercv_seg.utils.errors import UsageError, WeightsError
from chainercv_seg.weights import list_weights
from chainercv_seg.weights.conversion import (
    Conversion,
    array_names,
    number_of_classes,
    read_frozen_graph,
)
from chainercv_seg.weights.conversion.deeplab_names import LEFT, LOGITS, deeplab_table


def main(arguments: Sequence[str] | None = None) -> int:
    """Convert; see :func:`~chainercv_seg.cli.convert.run_conversion`."""
    parser = Parser(description='Convert a frozen graph of DeepLabV3+ with Xception-65.')
    parser.add_argument(
        '--task',
        choices=['voc', 'cityscapes', 'ade20k'],
        required=True,
        help='what the graph was trained on: the background class of ade20k is dropped',
    )
    return run_conversion(_convert, parser, arguments)


def _convert(options: argparse.Namespace) -> tuple[Any, list[str]]:
    published = {record.file_name for record in list_weights(DeepLabV3plusXception65.weights_model)}
    if options.output.name in published:
        raise UsageError(
            f'{options.output.name} is the name of published weights, which need other arguments: '
            'choose another'
        )
    arrays = read_frozen_graph(options.source)
    background = options.task == 'ade20k'
    n_class = number_of_classes(
        arrays, f'{LOGITS}/weights', (1, 1, 256, None), origin=options.source
    )
    if background and n_class == 1:
        raise WeightsError(f'{options.source} has one class, and so none but the background')
    link = DeepLabV3plusXception65(n_class=n_class - background, min_input_size=(513, 513))
    conversion = rules(link, first_class=int(background))
    return link, conversion.apply(link, arrays, origin=options.source)


def rules(link: DeepLabV3plusXception65, *, first_class: int) -> Conversion:
    """Say which variable of the official network is which array of ours.

    Args:
        link: Our network.
        first_class: Number of the graph's class that becomes class 0.
    """
    conversion = Conversion.of(link, deeplab_table(array_names(link)), left=LEFT)
    if first_class:
        conversion.use(
            'decoder/conv_logits/W',
            f'{LOGITS}/weights',
            by=lambda W: W.transpose(3, 2, 0, 1)[first_class:],
        )
        conversion.use('decoder/conv_logits/b', f'{LOGITS}/biases', by=lambda b: b[first_class:])
    return conversion


if __name__ == '__main__':
    sys.exit(main())
