"""A benchmark from folders of one's own, given by options."""

import argparse
import os
from pathlib import Path

from chainercv_seg.cli.benchmarks import BENCHMARKS, Benchmark
from chainercv_seg.cli.option_types import integer
from chainercv_seg.datasets import FolderSemanticSegmentationDataset, LabelFormat
from chainercv_seg.datasets.file_names import name_form
from chainercv_seg.utils.errors import DatasetError
from chainercv_seg.utils.text_files import read_lines
from chainercv_seg.visualizations.colormap import voc_colormap

#: Its name among the data sets that can be chosen.
FOLDER = 'folder'


def add_folder_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say where a data set of one's own is."""
    group = parser.add_argument_group('a data set of your own (--dataset folder)')
    group.add_argument('--labels', type=Path, metavar='FOLDER', help='the label maps')
    group.add_argument(
        '--label-names', type=Path, metavar='FILE', help='a text file: the name of a class a line'
    )
    group.add_argument(
        '--images',
        type=Path,
        metavar='FOLDER',
        help='the images (score needs them for --report only)',
    )
    group.add_argument(
        '--ignore-label',
        type=integer(-1, 65535),
        default=255,
        metavar='VALUE',
        help='value of void pixels, in label maps and predictions; -1: none (default: 255)',
    )
    group.add_argument(
        '--label-values',
        type=integer(0, 65535),
        nargs='+',
        metavar='VALUE',
        help='value of each class, in label maps and predictions (default: 0, 1, 2, ...)',
    )


def check_folder_options(
    parser: argparse.ArgumentParser, options: argparse.Namespace, *, images_for: str | None
) -> None:
    """Exit with a usage error where options for folders are missing, or have no meaning.

    Args:
        parser: The parser.
        options: What it parsed.
        images_for: What needs images, or None where they are not needed.
    """
    if options.dataset != FOLDER:
        for name in ('labels', 'label_names', 'images', 'label_values'):
            if getattr(options, name) is not None:
                parser.error(f'--{name.replace("_", "-")} needs --dataset folder')
    elif options.split is not None or options.data_dir != 'auto':
        parser.error('--split and --data-dir have no meaning for --dataset folder')
    elif options.labels is None or options.label_names is None:
        parser.error('--dataset folder needs --labels and --label-names')
    elif images_for is not None and options.images is None:
        parser.error(f'{images_for} with --dataset folder needs --images')


def find_benchmark(options: argparse.Namespace) -> Benchmark:
    """Look up or, for folders, describe the data set that the options give.

    Raises:
        DatasetError: The names of the classes cannot be used.
    """
    return folder_benchmark(options) if options.dataset == FOLDER else BENCHMARKS[options.dataset]


def folder_benchmark(options: argparse.Namespace) -> Benchmark:
    """Describe the data set that the options give.

    Args:
        options: What :func:`add_folder_options` parsed.

    Returns:
        A benchmark of one split.

    Raises:
        DatasetError: The names of the classes cannot be used.
    """
    names = read_label_names(options.label_names)
    values = list(range(len(names))) if options.label_values is None else options.label_values
    if len(values) != len(names):
        raise DatasetError(
            f'--label-values are {len(values)}, but {options.label_names} names {len(names)} classes'
        )
    if len(set(values)) < len(values):
        raise DatasetError(f'--label-values must differ, but are {values}')
    if options.ignore_label in values:
        raise DatasetError(
            f'--ignore-label {options.ignore_label} is the value of the class '
            f'{names[values.index(options.ignore_label)]!r}. Give the value of void pixels, or -1 where '
            'there are none'
        )

    def load(data_dir: str | os.PathLike[str], split: str) -> FolderSemanticSegmentationDataset:
        return FolderSemanticSegmentationDataset(
            options.images,
            options.labels,
            names,
            ignore_label=options.ignore_label,
            label_values=options.label_values,
        )

    return Benchmark(
        title=str(options.labels),
        load=load,
        label_names=names,
        label_colors=folder_label_colors(len(names)),
        label_format=LabelFormat(tuple(values), options.ignore_label),
        splits=('all',),
        split='all',
    )


def data_title(options: argparse.Namespace, benchmark: Benchmark, split: str) -> str:
    """What a page calls the data: of a folder its own name and that of the folder it is in."""
    if options.dataset != FOLDER:
        return f'{benchmark.title} {split}'
    return '/'.join(options.labels.resolve().parts[-2:]).lstrip('/')


def folder_label_colors(n_class: int) -> tuple[tuple[int, int, int], ...]:
    """RGB colours in [0, 255] for classes that have none of their own."""
    return tuple((r, g, b) for r, g, b in voc_colormap(range(n_class)).tolist())


def read_label_names(path: Path) -> tuple[str, ...]:
    """Read the names of classes, one a line, in the order of their values.

    Raises:
        DatasetError: There is no such file, it is no text, it holds no names, or one twice.
    """
    names = read_lines(path)
    if not names:
        raise DatasetError(f'{path}: expected the name of a class on each line, found none')
    first: dict[str, int] = {}
    for number, name in enumerate(names, 1):
        if not name:
            raise DatasetError(
                f'{path}, line {number}: expected the name of a class, found a blank line'
            )
        other = first.setdefault(name_form(name), number)
        if other != number:
            raise DatasetError(
                f'{path}: lines {other} and {number} are both {name!r}: expected each name once'
            )
    return tuple(names)
