"""The command that segments image files and writes pictures of the result."""

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from chainercv_seg.cli.benchmarks import BENCHMARKS
from chainercv_seg.cli.command import exit_code
from chainercv_seg.cli.data_options import DEFAULT_DATASET
from chainercv_seg.cli.folder_benchmark import FOLDER, folder_label_colors, read_label_names
from chainercv_seg.cli.image_paths import image_paths, picture_names
from chainercv_seg.cli.networks import add_network_options, build_network, check_network_options
from chainercv_seg.cli.option_types import integer
from chainercv_seg.cli.parser import Parser
from chainercv_seg.cli.pictures import check_window, write_indexed, write_overlay
from chainercv_seg.cli.viewing_size import default_size, predict_at, viewed_size
from chainercv_seg.datasets import SyntheticStreetDataset
from chainercv_seg.utils import UserError, read_image, write_image
from chainercv_seg.utils.extras import require_extra
from chainercv_seg.utils.failures import describe
from chainercv_seg.utils.file_drawing import draw_to_files
from chainercv_seg.utils.output_files import check_output_folder, make_output_folder
from chainercv_seg.utils.printable import printable


def main(arguments: Sequence[str] | None = None, *, prog: str | None = None) -> int:
    """Segment images, and write each with its classes painted over it and a legend.

    Args:
        arguments: The command line, by default the process's own.
        prog: What the command is called.

    Returns:
        The exit code: 0, or 1 where something is missing, broken or fails: the other images are segmented
        all the same. Wrong usage exits with 2.
    """
    parser = _parser(prog)
    options = parser.parse_args(arguments)
    if (options.dataset == FOLDER) != (options.label_names is not None):
        parser.error(f'--dataset {FOLDER} and --label-names need one another')
    check_network_options(parser, options)
    return exit_code(partial(_demo, options))


def _parser(prog: str | None) -> argparse.ArgumentParser:
    parser = Parser(
        prog=prog,
        description='Segment images: IMAGE.jpg gives OUTPUT/IMAGE_overlay.png, with a legend.',
    )
    parser.add_argument(
        'images',
        nargs='*',
        type=Path,
        metavar='IMAGE',
        help='an image file, or a folder of them (default: a street that is drawn)',
    )
    parser.add_argument(
        '--dataset',
        choices=sorted([*BENCHMARKS, FOLDER]),
        default=DEFAULT_DATASET,
        help=f'whose classes the network knows (default: {DEFAULT_DATASET})',
    )
    parser.add_argument(
        '--label-names',
        type=Path,
        metavar='FILE',
        help='a text file: the name of a class a line (--dataset folder)',
    )
    add_network_options(parser)
    parser.add_argument(
        '--output',
        type=Path,
        default=Path('demo_output'),
        metavar='FOLDER',
        help='where the pictures are written (default: demo_output)',
    )
    parser.add_argument(
        '--save-labels',
        action='store_true',
        help="also write the classes as OUTPUT/IMAGE_labels.png, in the data set's palette",
    )
    parser.add_argument(
        '--size',
        type=integer(0, 65536),
        metavar='PIXELS',
        help='the most pixels of the longer side at which the network looks at an image, whose labels are '
        'brought back to its own size; 0: its own (default: that of the data set, of your own 1024)',
    )
    parser.add_argument('--show', action='store_true', help='also show each picture in a window')
    return parser


def _demo(options: argparse.Namespace) -> None:
    paths = image_paths(options.images)
    if options.show:
        check_window()
    else:
        draw_to_files()
        require_extra('matplotlib.pyplot', extra='plot', purpose='The demo')
    if options.size is None:
        options.size = default_size(options.dataset)
    label_names, label_colors = _labels(options)
    check_output_folder(options.output)
    link = build_network(options, label_names=label_names)
    make_output_folder(options.output)
    if not paths:
        paths = [options.output / 'street.png']
        write_image(SyntheticStreetDataset('test')[0][0], paths[0])
    failed = []
    for path, name in zip(paths, picture_names(paths), strict=True):
        try:
            outputs, seen = _segment(path, name, link, options, label_names, label_colors)
        except (UserError, OSError, MemoryError) as error:
            if len(paths) == 1:
                raise
            failed.append(str(path))
            message = describe(error)
            where = '' if str(path) in message else f'{path}: '
            print(printable(f'error: {where}{message}'), file=sys.stderr, flush=True)
        else:
            print(printable(f'{path} -> {", ".join(map(str, outputs))}{seen}'), flush=True)
    if failed:
        raise UserError(f'{len(failed)} of {len(paths)} images failed: {", ".join(failed)}')


def _segment(
    path: Path,
    name: str,
    link: Any,
    options: argparse.Namespace,
    label_names: Sequence[str],
    label_colors: Sequence[Sequence[int]],
) -> tuple[list[Path], str]:
    """Segment an image; give the files that were written, and at which size it was looked at."""
    img = read_image(path, alpha='blend_with_white')
    own = (img.shape[1], img.shape[2])
    size = viewed_size(*own, options.size)
    label = predict_at(link.predict, img, size)
    outputs = [options.output / f'{name}_overlay.png']
    write_overlay(img, label, outputs[0], label_names, label_colors, show=options.show)
    if options.save_labels:
        outputs.append(options.output / f'{name}_labels.png')
        write_indexed(label, outputs[1], label_colors)
    if size == own:
        return outputs, ''
    (height, width), (H, W) = size, own
    return outputs, f' (looked at in {width}x{height} pixels of its {W}x{H}: --size)'


def _labels(
    options: argparse.Namespace,
) -> tuple[tuple[str, ...], tuple[tuple[int, int, int], ...]]:
    """Names and colours of the classes."""
    if options.dataset == FOLDER:
        names = read_label_names(options.label_names)
        return names, folder_label_colors(len(names))
    benchmark = BENCHMARKS[options.dataset]
    return benchmark.label_names, benchmark.label_colors
