"""Groups of images that are not independent of one another: cities, drives, patients."""

import csv
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from chainercv_seg.datasets.file_names import name_form
from chainercv_seg.utils.errors import DatasetError
from chainercv_seg.utils.text_files import read_lines

#: What the column of groups is called where a table has several and nobody says which.
_COLUMN = 'group'


def first_part(key: str) -> str:
    """The group of an image by what it is called: all before the first ``_``, as CITY_SEQUENCE_FRAME."""
    return key.partition('_')[0]


def check_groups(groups: Sequence[str], *, source: str, unit: str) -> tuple[str, ...]:
    """Check that groups can be drawn.

    Args:
        groups: The group of each image.
        source: Where they are from, for the error.
        unit: What they are called.

    Returns:
        The groups.

    Raises:
        DatasetError: There are fewer than two.
    """
    if len(set(groups)) < 2:
        only = f', {groups[0]!r}' if groups else ''
        raise DatasetError(
            f'{source}: intervals need two {unit} or more, but all images are of {len(set(groups))}{only}. '
            'Leave --groups out to draw images'
        )
    return tuple(groups)


def read_groups(
    path: Path,
    names: Sequence[str],
    *,
    key: Callable[[str | os.PathLike[str]], str],
    column: str | None = None,
) -> tuple[str, ...]:
    """Read the group of each image from a table.

    Args:
        path: A CSV file whose first line names its columns; of two columns that may be missing. The first
            column holds images, by file or by what they are called; what else it lists does not matter.
        names: The images.
        key: What files that belong to one image have in common.
        column: The column of groups; by default ``group`` or the second of two.

    Returns:
        A group for each image.

    Raises:
        DatasetError: There is no such file or column, or an image has no group or two.
    """
    try:
        rows = list(csv.reader(read_lines(path)))
    except csv.Error as error:
        raise DatasetError(f'{path} cannot be read as CSV: {error}') from error
    known = {name_form(key(name)) for name in names}
    first = rows[0] if rows else []
    titled = not (len(first) == 2 and name_form(key(first[0].strip())) in known)
    at = _column(path, first if titled else ['', ''], column)
    groups: dict[str, str] = {}
    for number, row in list(enumerate(rows, 1))[titled:]:
        if not row:
            continue
        if len(row) <= at or not row[at].strip():
            raise DatasetError(f'{path}, line {number}: {row[0]} has no group')
        group = row[at].strip()
        if groups.setdefault(name_form(key(row[0].strip())), group) != group:
            raise DatasetError(f'{path}, line {number}: {row[0]} is in two groups')
    missing = [name for name in names if name_form(key(name)) not in groups]
    if missing:
        raise DatasetError(
            f'{path} has no group of {missing[0]}: expected a line for each image, with its name in the '
            f'first column. Of {len(names)} images {len(missing)} have none'
        )
    return tuple(groups[name_form(key(name))] for name in names)


def _column(path: Path, header: Sequence[str], column: str | None) -> int:
    titles = [title.strip() for title in header]
    if column is None and len(titles) == 2:
        return 1
    wanted = column or _COLUMN
    if titles[1:].count(wanted) != 1:
        raise DatasetError(
            f'{path}: expected one column {wanted!r} behind that of the images in the first line, found '
            f'{", ".join(map(repr, titles)) or "nothing"}. --group-column names another'
        )
    return titles.index(wanted, 1)
