"""The lists of files that say which images a split has."""

from pathlib import Path

from chainercv_seg.utils.errors import DatasetError
from chainercv_seg.utils.regular_file import open_regular


def read_list(path: Path) -> dict[int, tuple[str, ...]]:
    """Read a list of files.

    Args:
        path: A text file: words a line.

    Returns:
        For the number of each line, in order, its words; empty lines are left out.

    Raises:
        DatasetError: It cannot be read, is no text in UTF-8, or a line is there twice.
    """
    try:
        with open_regular(path) as file:
            text = file.read().decode('utf-8-sig')  # Windows' editors put a mark in front
    except OSError as error:
        raise DatasetError(f'{path} cannot be read as a list of files: {error.strerror}') from error
    except UnicodeDecodeError as error:
        raise DatasetError(f'{path} is no list of files in UTF-8: {error}') from error
    lines: dict[tuple[str, ...], int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        words = tuple(line.split())
        if words and lines.setdefault(words, number) != number:
            raise DatasetError(
                f'{path}: lines {lines[words]} and {number} are both {" ".join(words)!r}: expected each '
                'image once'
            )
    return {number: words for words, number in lines.items()}
