"""The lists of files that say which images a split has."""

from pathlib import Path

from chainercv_seg.utils.errors import DatasetError


def read_list(path: Path) -> dict[int, tuple[str, ...]]:
    """Read a list of files.

    Args:
        path: A text file: words a line.

    Returns:
        For the number of each line, in order, its words; empty lines are left out.

    Raises:
        DatasetError: It is no text in UTF-8, or a line is there twice.
    """
    try:
        text = path.read_text(encoding='utf-8-sig')  # Windows' editors put a mark in front
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
