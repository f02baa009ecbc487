"""The command that makes weights of other frameworks ours."""

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from chainercv_seg.cli.command import exit_code
from chainercv_seg.cli.networks import NETWORKS
from chainercv_seg.cli.option_types import integer, number
from chainercv_seg.cli.parser import Parser
from chainercv_seg.utils.errors import UsageError, UserError
from chainercv_seg.utils.extras import require_extra
from chainercv_seg.utils.output_files import make_output_folder
from chainercv_seg.utils.printable import printable
from chainercv_seg.weights import list_weights, save_weights
from chainercv_seg.weights.conversion.identify import identify
from chainercv_seg.weights.conversion.source import Known, Source

_DESCRIPTION = (
    'Convert weights of another framework, which need not be installed: PSPNet of its authors (Caffe), of '
    'semseg, mmsegmentation and pytorch-semseg (PyTorch), SegNet-Basic of its authors (Caffe), DeepLabV3+ '
    'on Xception-65 of its authors (TensorFlow). Which of them it is, with how many layers and classes, is '
    'told from the file.'
)
_SIZE = 16384


def main(arguments: Sequence[str] | None = None, *, prog: str | None = None) -> int:
    """Convert a file and print what became of each array in it.

    Args:
        arguments: The command line, by default the process's own.
        prog: What the command is called.

    Returns:
        The exit code: 0, or 1 where something is missing or does not fit. Wrong usage exits with 2.
    """
    parser = Parser(prog=prog, description=_DESCRIPTION)
    parser.add_argument(
        'source',
        type=Path,
        metavar='FILE',
        help='the file to convert; of a checkpoint of TensorFlow one of its files',
    )
    parser.add_argument('output', type=Path, metavar='OUT', help='the weight file to write (.npz)')
    parser.add_argument(
        '--prototxt',
        type=Path,
        metavar='FILE',
        help='the description of a network of Caffe, where its strides are not in the model',
    )
    parser.add_argument(
        '--stride-first',
        action=argparse.BooleanOptionalAction,
        help='PSPNet of Caffe: the third block has its stride in the first 1x1 convolution (else in the 3x3)',
    )
    parser.add_argument(
        '--input-size',
        type=integer(1, _SIZE),
        nargs=2,
        metavar=('HEIGHT', 'WIDTH'),
        help="size of the tiles of PSPNet, of the smallest input of DeepLabV3+ (default: the authors' own)",
    )
    for option, what in (
        ('mean', 'is subtracted from an image'),
        ('std', 'the rest is divided by'),
    ):
        parser.add_argument(
            f'--{option}',
            type=number(0, 1e4),
            nargs=3,
            metavar=('R', 'G', 'B'),
            help=f"what {what}, in [0, 255] (PSPNet; default: the authors' own)",
        )
    parser.add_argument(
        '--output-stride',
        type=int,
        choices=[8, 16],
        help='of DeepLabV3+, where the file does not tell it',
    )
    parser.add_argument(
        '--task',
        choices=['voc', 'cityscapes', 'ade20k'],
        help='what a DeepLabV3+ was trained on: the background class of ade20k is dropped '
        '(default: by the number of classes)',
    )
    return exit_code(partial(_convert, parser.parse_args(arguments)))


def _convert(options: argparse.Namespace) -> None:
    published = {record.file_name for record in list_weights()}
    if options.output.name in published:
        raise UsageError(
            f'{options.output.name} is the name of published weights, which need other arguments: '
            'choose another'
        )
    require_extra('chainer', extra='chainer', purpose='A conversion')
    make_output_folder(options.output.absolute().parent)
    source = identify(options.source, _known(options))
    link = _build(source)
    source.check_geometry(link, origin=options.source)
    lines = source.rules(link).apply(link, source.arrays, origin=options.source)
    save_weights(link, options.output)
    for line in (*lines, *_summary(source, link), f'weights: {options.output}'):
        print(printable(line))


def _known(options: argparse.Namespace) -> Known:
    return Known(
        prototxt=options.prototxt,
        stride_first=options.stride_first,
        input_size=None if options.input_size is None else tuple(options.input_size),
        mean=None if options.mean is None else tuple(options.mean),
        std=None if options.std is None else tuple(options.std),
        output_stride=options.output_stride,
        task=options.task,
    )


def _build(source: Source) -> Any:
    """Make our network, its kernels zero until they are filled."""
    from chainercv_seg import links

    network = getattr(links, NETWORKS[source.model][0])
    zeros = {} if source.model.startswith('deeplab') else {'initialW': 0}
    try:
        return network(**source.arguments, **zeros)
    except UserError:
        raise
    except ValueError as error:  # of what the user gave
        raise UsageError(str(error)) from error


def _summary(source: Source, link: Any) -> list[str]:
    """Say what the file holds, what was assumed, and with which arguments ours is the same."""
    stored = getattr(link, 'stored_arguments', lambda: None)()
    arguments = {} if stored is None else stored.arguments
    return [
        f'source: {source.what}',
        *(f'note: {note}' for note in source.notes),
        f'network: {type(link).__name__}'
        + (f', with arguments that the file stores: {arguments}' if arguments else ''),
    ]
