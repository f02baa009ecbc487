"""Text files that people make, whatever their editor leaves in them."""

import codecs
from pathlib import Path

from chainercv_seg.utils.errors import DatasetError
from chainercv_seg.utils.regular_file import open_regular

#: The marks that editors put in front, and what they say. UTF-32's begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF32_LE, 'utf-32'),
    (codecs.BOM_UTF32_BE, 'utf-32'),
    (codecs.BOM_UTF16_LE, 'utf-16'),
    (codecs.BOM_UTF16_BE, 'utf-16'),
)
_MARK = '\ufeff'


def read_lines(path: Path) -> list[str]:
    """Read the lines of a text file, in UTF-8, or with a mark in front in UTF-16 or UTF-32.

    Lines end as on any system. Marks, blanks around a line, and blank lines at the end mean nothing.

    Args:
        path: The file.

    Returns:
        The lines, those that are blank in the middle included: line ``i`` has the number ``i + 1``.

    Raises:
        DatasetError: There is no such file, or it is no text.
    """
    try:
        with open_regular(path) as file:
            data = file.read()
        encoding = next((name for mark, name in _MARKS if data.startswith(mark)), 'utf-8')
        text = data.decode(encoding)
    except OSError as error:
        raise DatasetError(f'{path}: expected a text file: {error.strerror}') from error
    except UnicodeDecodeError as error:
        raise DatasetError(
            f'{path} cannot be read as text in UTF-8: {error}. Save it as UTF-8'
        ) from error
    if '\0' in text:
        raise DatasetError(
            f'{path} is no text in UTF-8, but UTF-16 without a mark or no text at all. Save it as UTF-8'
        )
    # Files that were joined have marks in the middle. str.splitlines would split at far more.
    text = text.replace(_MARK, '').replace('\r\n', '\n').replace('\r', '\n')
    lines = [line.strip() for line in text.split('\n')]
    while lines and not lines[-1]:
        lines.pop()
    return lines
