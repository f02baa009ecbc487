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
from chainercv_seg.cli.networks import add_network_options, build_network, check_network_options
from chainercv_seg.cli.parser import Parser
from chainercv_seg.cli.pictures import check_window, write_indexed, write_overlay
from chainercv_seg.datasets import SyntheticStreetDataset
from chainercv_seg.datasets.file_names import name_form, names_in
from chainercv_seg.datasets.image_key import IMAGE_SUFFIXES, image_key
from chainercv_seg.utils import UserError, read_image, write_image
from chainercv_seg.utils.extras import require_extra
from chainercv_seg.utils.failures import describe
from chainercv_seg.utils.file_drawing import draw_to_files
from chainercv_seg.utils.output_files import make_output_folder
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
    parser.add_argument('--show', action='store_true', help='also show each picture in a window')
    return parser


def _demo(options: argparse.Namespace) -> None:
    paths = image_paths(options.images)
    if options.show:
        check_window()
    else:
        draw_to_files()
        require_extra('matplotlib.pyplot', extra='plot', purpose='The demo')
    label_names, label_colors = _labels(options)
    link = build_network(options, label_names=label_names)
    make_output_folder(options.output)
    if not paths:
        paths = [options.output / 'street.png']
        write_image(SyntheticStreetDataset('test')[0][0], paths[0])
    failed = []
    for path in paths:
        try:
            outputs = _segment(path, link, options, label_names, label_colors)
        except (UserError, OSError, MemoryError) as error:
            if len(paths) == 1:
                raise
            failed.append(str(path))
            message = describe(error)
            where = '' if str(path) in message else f'{path}: '
            print(printable(f'error: {where}{message}'), file=sys.stderr, flush=True)
        else:
            print(printable(f'{path} -> {", ".join(map(str, outputs))}'), flush=True)
    if failed:
        raise UserError(f'{len(failed)} of {len(paths)} images failed: {", ".join(failed)}')


def _segment(
    path: Path,
    link: Any,
    options: argparse.Namespace,
    label_names: Sequence[str],
    label_colors: Sequence[Sequence[int]],
) -> list[Path]:
    """Segment an image; give the files that were written."""
    img = read_image(path, alpha='blend_with_white')
    (label,) = link.predict([img])
    outputs = [options.output / f'{image_key(path)}_overlay.png']
    write_overlay(img, label, outputs[0], label_names, label_colors, show=options.show)
    if options.save_labels:
        outputs.append(options.output / f'{image_key(path)}_labels.png')
        write_indexed(label, outputs[1], label_colors)
    return outputs


def _labels(
    options: argparse.Namespace,
) -> tuple[tuple[str, ...], tuple[tuple[int, int, int], ...]]:
    """Names and colours of the classes."""
    if options.dataset == FOLDER:
        names = read_label_names(options.label_names)
        return names, folder_label_colors(len(names))
    benchmark = BENCHMARKS[options.dataset]
    return benchmark.label_names, benchmark.label_colors


def image_paths(given: Sequence[Path]) -> list[Path]:
    """Find the image files: those given, and those right inside the folders given.

    Raises:
        UserError: A path does not exist, a folder holds no image, or two images have one name, so
            that their pictures would overwrite one another.
    """
    paths: list[Path] = []
    for path in given:
        found = [path]
        if path.is_dir():
            names = names_in(path)
            found = [path / name for name in names if name.lower().endswith(IMAGE_SUFFIXES)]
            found = [file for file in found if not file.is_dir()]
        if not found or not path.exists():
            raise UserError(
                f'{path}: there is no image there. Expected a file, or a folder that holds files '
                f'that end in one of {", ".join(IMAGE_SUFFIXES)}'
            )
        paths += found
    by_key: dict[str, Path] = {}
    for path in paths:
        other = by_key.setdefault(name_form(image_key(path)), path)
        if other is not path:
            raise UserError(
                f'{other} and {path} have one name, so that their pictures would overwrite one '
                f'another. Run the demo on each alone, with another --output'
            )
    return paths
