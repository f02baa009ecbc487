"""Regular files alone: what else may lie in the place of one is named, and not waited for."""

import errno
import io
import os
import stat
from typing import IO

from chainercv_seg.utils.packed_files import read_packed

_KINDS = {
    stat.S_IFIFO: 'a FIFO',
    stat.S_IFCHR: 'a device',
    stat.S_IFBLK: 'a device',
    stat.S_IFSOCK: 'a socket',
}


def open_regular(path: str | os.PathLike[str], *, append: bool = False) -> IO[bytes]:
    """Open a regular file, or a link to one, without ever waiting for another process.

    To be read, it may also be a file in an archive, by a path that goes through the archive.

    Args:
        path: The file.
        append: Open it to write behind its end, not to read it. It must be there.

    Returns:
        A binary file.

    Raises:
        OSError: There is no such file, it is something else, or it cannot be opened. Its ``strerror`` says
            why in a few words, its ``filename`` is ``path``.
    """
    if not append and not os.path.exists(path) and (content := read_packed(path)) is not None:
        return io.BytesIO(content)
    check_regular(path)  # first, for opening a device alone may do something
    file: IO[bytes] = open(path, 'ab' if append else 'rb', opener=_without_waiting)  # noqa: SIM115  (returned)
    try:
        _check(os.fstat(file.fileno()), path)  # again: it may have been exchanged
    except OSError:
        file.close()
        raise
    return file


def check_regular(path: str | os.PathLike[str]) -> None:
    """Check that there is a regular file, or a link to one.

    Raises:
        OSError: As :func:`open_regular`.
    """
    try:
        found = os.stat(path)
    except FileNotFoundError:
        if os.path.islink(path):
            leads = f'it is a link to {os.readlink(path)}, where there is nothing'
            raise FileNotFoundError(errno.ENOENT, leads, os.fspath(path)) from None
        raise
    _check(found, path)


def check_replaceable(path: str | os.PathLike[str]) -> None:
    """Check that a file may be written at a path: there is nothing yet, or what :func:`check_regular` takes.

    Raises:
        OSError: As :func:`open_regular`.
    """
    if os.path.lexists(path):
        check_regular(path)


def _check(found: os.stat_result, path: str | os.PathLike[str]) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
    if not stat.S_ISREG(found.st_mode):
        kind = _KINDS.get(stat.S_IFMT(found.st_mode), 'something else')
        raise OSError(errno.EINVAL, f'it is {kind}, not a regular file', os.fspath(path))


def _without_waiting(path: str, flags: int) -> int:
    # For a regular file the flags mean nothing. Windows has neither them nor such files.
    extra = getattr(os, 'O_NONBLOCK', 0) | getattr(os, 'O_NOCTTY', 0)
    return os.open(path, (flags | extra) & ~os.O_CREAT)
