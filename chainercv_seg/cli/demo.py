"""The command that segments image files and writes pictures of the result."""

import argparse
import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from chainercv_seg.cli.benchmarks import BENCHMARKS
from chainercv_seg.cli.command import Parser, exit_code
from chainercv_seg.cli.data_options import DEFAULT_DATASET
from chainercv_seg.cli.folder_benchmark import FOLDER, folder_label_colors, read_label_names
from chainercv_seg.cli.networks import add_network_options, build_network, check_network_options
from chainercv_seg.datasets import SyntheticStreetDataset
from chainercv_seg.utils import UserError, read_image, write_image
from chainercv_seg.utils.extras import require_extra
from chainercv_seg.visualizations import vis_semantic_segmentation

_SUFFIXES = {'.bmp', '.jpeg', '.jpg', '.png', '.ppm', '.tif', '.tiff', '.webp'}


def main(arguments: Sequence[str] | None = None, *, prog: str | None = None) -> int:
    """Segment images, and write each with its classes painted over it and a legend.

    Args:
        arguments: The command line, by default the process's own.
        prog: What the command is called.

    Returns:
        The exit code: 0, or 1 where something is missing, broken or fails. Wrong usage exits with 2.
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
    require_extra('matplotlib.pyplot', extra='plot', purpose='The demo')
    label_names, label_colors = _labels(options)
    link = build_network(options, label_names=label_names)
    options.output.mkdir(parents=True, exist_ok=True)
    if not paths:
        paths = [options.output / 'street.png']
        write_image(SyntheticStreetDataset('test')[0][0], paths[0])
    for path in paths:
        img = read_image(path, alpha='blend_with_white')
        (label,) = link.predict([img])
        outputs = [options.output / f'{path.stem}_overlay.png']
        write_overlay(img, label, outputs[0], label_names, label_colors, show=options.show)
        if options.save_labels:
            outputs.append(options.output / f'{path.stem}_labels.png')
            write_indexed(label, outputs[1], label_colors)
        print(f'{path} -> {", ".join(map(str, outputs))}', flush=True)


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
            found = sorted(p for p in path.iterdir() if p.suffix.lower() in _SUFFIXES)
        if not found or not path.exists():
            raise UserError(
                f'{path}: there is no image there. Expected a file, or a folder that holds files '
                f'that end in one of {", ".join(sorted(_SUFFIXES))}'
            )
        paths += found
    by_stem: dict[str, Path] = {}
    for path in paths:
        other = by_stem.setdefault(path.stem, path)
        if other is not path:
            raise UserError(
                f'{other} and {path} have one name, so that their pictures would overwrite one '
                f'another. Run the demo on each alone, with another --output'
            )
    return paths


def write_overlay(
    img: np.ndarray,
    label: np.ndarray,
    path: Path,
    label_names: Sequence[str],
    label_colors: Sequence[Sequence[int]],
    *,
    show: bool = False,
) -> None:
    """Write an image with its label map over it, and a legend of the classes in it beside it.

    Args:
        img: ``(3, H, W)`` RGB in [0, 255].
        label: ``(H, W)`` int32.
        path: Where the picture is written. The image in it has as many pixels as ``img``.
        label_names: A name for each class.
        label_colors: An RGB colour in [0, 255] for each class.
        show: Whether to show it in a window as well, and wait until that is closed.
    """
    pyplot: Any = require_extra('matplotlib.pyplot', extra='plot', purpose='The demo')
    H, W = label.shape
    # The longer side is about 8 inches, so that the letters grow with the image. A power of two:
    # pixels are inches and back again without rounding.
    dpi = 2 ** max(7, round(math.log2(max(H, W) / 8)))
    figure = pyplot.figure(figsize=(W / dpi, H / dpi), dpi=dpi)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    _, handles = vis_semantic_segmentation(
        img, label, label_names, label_colors, alpha=0.6, ax=axes
    )
    legend = axes.legend(
        handles=handles, loc='upper left', bbox_to_anchor=(1, 1), borderaxespad=0, frameon=False
    )
    # The figure grows to the right, and downwards if it must, until the legend is in it.
    box = legend.get_window_extent()
    width, height = W + math.ceil(box.width), max(H, math.ceil(box.height))
    figure.set_size_inches(width / dpi, height / dpi)
    axes.set_position((0, 1 - H / height, W / width, H / height))
    figure.savefig(path, dpi=dpi)
    if show:
        pyplot.show()
    pyplot.close(figure)


def write_indexed(label: np.ndarray, path: Path, label_colors: Sequence[Sequence[int]]) -> None:
    """Write a label map as an indexed PNG: the values are the classes, the palette their colours.

    Args:
        label: ``(H, W)`` int32, classes from 0 on.
        path: Where it is written.
        label_colors: An RGB colour in [0, 255] for each class.
    """
    img = Image.fromarray(label.astype(np.uint8))
    img.putpalette(np.array(label_colors, dtype=np.uint8).tobytes())
    img.save(path, format='PNG')
