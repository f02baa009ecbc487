"""Files that are complete or not there at all, and folders that can be written."""

import errno
import os
import secrets
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from chainercv_seg.utils.errors import OutputError, UserError
from chainercv_seg.utils.regular_file import check_replaceable
from chainercv_seg.utils.temporary_files import temporary_file


@contextmanager
def replaced_file(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Write a file that appears, or takes the place of another, when all of it is on the disk.

    Args:
        path: The file. Its folder must exist. A link to a file is replaced, and not the file.

    Yields:
        A binary file to write to. An exception leaves what was at ``path`` as it was.

    Raises:
        OutputError: It cannot be written, the disk is full, or there is something else than a file.
    """
    path = Path(path)
    _check_output(path)
    temporary = None
    try:
        with temporary_file(path.parent) as file:
            temporary = file.name
            yield file
            file.flush()
            os.fsync(file.fileno())
            if os.name == 'nt':
                file.close()  # Windows moves no open file
            os.replace(temporary, path)
    except OSError as error:
        ours = temporary is None or error.filename in (None, temporary)
        if isinstance(error, UserError) or error.errno is None or not ours:
            raise  # the caller's
        raise OutputError(
            f'{path} cannot be written: {error.strerror}. Free some space, or give a place where you may '
            'make files'
        ) from error


def make_output_folder(folder: str | os.PathLike[str], files: Collection[str] = ()) -> Path:
    """Make a folder for results, and make sure that files can be written there.

    Args:
        folder: The folder.
        files: Names of files that are going to be written there.

    Returns:
        The folder.

    Raises:
        OutputError: It cannot be made, or not be written, or there is something else than a file.
    """
    folder = Path(folder)
    check_output_folder(folder)
    probe = folder / f'.{secrets.token_hex(4)}'
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise OutputError(
            f'{folder} cannot be written: {error.strerror}. Give a folder in which you may make files'
        ) from error
    for name in files:
        _check_output(folder / name)
    return folder


def check_output_folder(folder: str | os.PathLike[str]) -> None:
    """Check, without making anything, that a folder is there or may be made.

    Args:
        folder: The folder.

    Raises:
        OutputError: It is something else, lies in something else, or must not be written.
    """
    place = Path(os.path.abspath(folder))
    while not os.path.lexists(place):
        place = place.parent
    if place.is_dir():
        reason = '' if os.access(place, os.W_OK) else os.strerror(errno.EACCES)
    elif place.exists():
        reason = f'{place} is a file, not a folder'
    else:
        reason = f'{place} is a link to {os.readlink(place)}, where there is nothing'
    if reason:
        raise OutputError(
            f'{folder} cannot be written: {reason}. Give a folder in which you may make files'
        )


def _check_output(path: Path) -> None:
    try:
        check_replaceable(path)
    except OSError as error:
        raise OutputError(
            f'{path} cannot be written: {error.strerror}. Move it away, or give another place'
        ) from error
