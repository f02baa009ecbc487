"""The lists of files that say which images a split has."""

from pathlib import Path

from chainercv_seg.datasets.file_names import name_form
from chainercv_seg.utils.errors import DatasetError
from chainercv_seg.utils.text_files import read_lines


def read_list(path: Path) -> dict[int, str]:
    """Read a list of files.

    Args:
        path: A text file.

    Returns:
        For the number of each line, in order, what it says; empty lines are left out.

    Raises:
        DatasetError: It cannot be read, is no text in UTF-8, or a line is there twice.
    """
    lines = {number: line for number, line in enumerate(read_lines(path), 1) if line}
    check_once(lines, path)
    return lines


def check_once(names: dict[int, str], path: Path) -> None:
    """Make sure that no two lines of a list name the same.

    Args:
        names: What each line names, by its number.
        path: The list.

    Raises:
        DatasetError: Two lines do.
    """
    first: dict[str, int] = {}
    for number, name in names.items():
        other = first.setdefault(name_form(' '.join(name.split())), number)
        if other != number:
            raise DatasetError(
                f'{path}: lines {other} and {number} are both {name!r}: expected each image once'
            )
