"""The options that choose what is measured besides IoU and accuracy."""

import argparse
import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from chainercv_seg.datasets.cityscapes_labels import cityscapes_label_categories
from chainercv_seg.datasets.file_names import name_form
from chainercv_seg.evaluations.measures import MEASURES, Measure, make_measures
from chainercv_seg.evaluations.measures.class_groups import GroupIoU
from chainercv_seg.utils.errors import DatasetError, UsageError
from chainercv_seg.utils.text_files import read_lines

#: How much of a line is shown that cannot be read.
_SHOWN = 60


def add_measure_options(parser: argparse.ArgumentParser, *, default: str = '') -> None:
    """Add the options that choose measures.

    Args:
        parser: The parser.
        default: What is measured where none are chosen.
    """
    besides = f' (default: {default})' if default else ''
    parser.add_argument(
        '--measures',
        nargs='+',
        choices=MEASURES,
        default=[],
        metavar='NAME',
        help=f'what to measure besides, of {", ".join(MEASURES)}: shown below the table, and in what '
        f'is written{besides}',
    )
    parser.add_argument(
        '--class-groups',
        type=Path,
        metavar='FILE',
        help='a CSV file for --measures groups, a line "class,group" for each class (default: '
        'the categories of Cityscapes for its classes)',
    )


def check_measure_options(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Exit with a usage error where the options for measures do not go together."""
    if options.class_groups is not None and GroupIoU.name not in options.measures:
        parser.error(f'--class-groups needs --measures {GroupIoU.name}')


def chosen_measures(
    options: argparse.Namespace,
    label_names: Sequence[str],
    *,
    class_groups: Mapping[str, str] | None = None,
) -> tuple[Measure, ...]:
    """Make the measures that the options choose.

    Args:
        options: What was parsed.
        label_names: A name for each class.
        class_groups: The group of each class where the options do not say it, if it is known.

    Raises:
        DatasetError: The file of groups cannot be used.
        UsageError: Nothing says the groups of the classes.
    """
    groups = None
    if GroupIoU.name in options.measures:
        groups = _groups(options.class_groups, label_names, class_groups)
    return make_measures(options.measures, label_names=label_names, groups=groups)


def _groups(
    path: Path | None, label_names: Sequence[str], known: Mapping[str, str] | None
) -> Mapping[str, str]:
    if path is not None:
        return read_class_groups(path, label_names)
    if known is not None:
        return known
    if set(label_names) == set(cityscapes_label_categories):
        return cityscapes_label_categories
    raise UsageError(
        f'--measures {GroupIoU.name} needs --class-groups FILE, a CSV file with a line "class,group" for '
        'each class: only the groups of Cityscapes are known'
    )


def read_class_groups(path: Path, label_names: Sequence[str]) -> dict[str, str]:
    """Read the group of each class from a CSV file; a first line ``class,group`` may be there or not.

    Args:
        path: The file: a line a class, its name and that of its group.
        label_names: A name for each class.

    Returns:
        The group of each class by its name.

    Raises:
        DatasetError: There is no such file, it is no text, or a class is missing, unknown, or there twice.
    """
    known = {name_form(name): name for name in label_names}
    groups: dict[str, str] = {}
    for number, line in enumerate(read_lines(path), 1):
        cells = _cells(line)
        if number == 1 and cells == ['class', 'group']:
            continue
        if len(cells) != 2 or not all(cells):
            raise DatasetError(
                f'{path}, line {number}: expected a class and its group, "class,group", found '
                f'{line[:_SHOWN]!r}'
            )
        name = known.get(name_form(cells[0]))
        if name is None:
            raise DatasetError(f'{path}, line {number}: {cells[0]!r} is no class of the data set')
        if name in groups:
            raise DatasetError(f'{path}, line {number}: the class {name!r} is there twice')
        groups[name] = name_form(cells[1])
    missing = [name for name in label_names if name not in groups]
    if missing:
        raise DatasetError(
            f'{path} names no group of {", ".join(missing)}: expected a line "class,group" for each class. '
            'A class of its own can be a group'
        )
    return groups


def _cells(line: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line]), [])]
    except csv.Error:  # of a cell that is too long
        return []
