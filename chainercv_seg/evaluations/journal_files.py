"""The files of a journal as they are read: which there are, their headers and their entries."""

import glob
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chainercv_seg.evaluations.journal_entries import Entry, max_entry_size, parse_entry
from chainercv_seg.utils.errors import JournalError
from chainercv_seg.utils.regular_file import open_regular

#: In a header, the name of the version.
TITLE = 'chainercv_seg journal'
#: How much of a first line is read at least: a foreign file may be one endless line.
HEADER_SIZE = 1 << 20


def journal_files(path: Path) -> list[Path]:
    """List the files of a journal that there are: the journal itself, then those of ranks."""
    numbered = re.compile(re.escape(str(path)) + r'\.\d+')
    ranks = [name for name in glob.glob(glob.escape(str(path)) + '.*') if numbered.fullmatch(name)]
    return [file for file in (path, *map(Path, sorted(ranks))) if os.path.lexists(file)]


def first_line(path: Path, limit: int = HEADER_SIZE) -> bytes:
    """Read the line with the header."""
    with open_regular(path) as file:
        return file.readline(limit)


def parse_header(line: bytes) -> dict[str, Any] | None:
    """Read the first line of a file; None where it is no header of a journal."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and TITLE in found else None


def read_entries(
    path: Path, n_class: int, n_image: int | None, *, header_limit: int = HEADER_SIZE
) -> Iterator[Entry]:
    """Read the entries of a file; those that are torn or were damaged are left out.

    Raises:
        JournalError: One is whole but wrong.
        OSError: The file cannot be read.
    """
    limit = max_entry_size(n_class)  # a damaged file may be one endless line
    with open_regular(path) as file:
        file.readline(header_limit)
        for line in iter(lambda: file.readline(limit), b''):
            try:
                entry = parse_entry(line, n_class, n_image)
            except ValueError as error:
                raise JournalError(
                    f'{path} holds an entry that no evaluation wrote: {error}. Start anew with another file'
                ) from error
            if entry is not None:
                yield entry
