"""Temporary files and folders: names that nobody can foresee, and nothing left of killed processes.

Each is locked as long as its process lives. What nobody has locked was left by a process that was killed, and
is removed when a process first makes something in the same folder.
"""

import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

try:
    import fcntl
except ImportError:  # Windows: what killed processes leave there stays
    fcntl = None  # type: ignore[assignment]

_NAME = re.compile(r'\.chainercv_seg-[0-9a-f]{16}\.tmp')
#: Folders in which this process has looked for leftovers: a folder may hold many thousands of files.
_tidied: set[str] = set()


@contextmanager
def temporary_file(folder: Path) -> Iterator[IO[bytes]]:
    """Make a file to be written, and to be moved or else removed at the end.

    Args:
        folder: Where it is made: an existing folder.

    Yields:
        A binary file, whose ``name`` is its path.

    Raises:
        OSError: It cannot be made.
    """
    _tidy(folder)
    # Not tempfile's: its files are for nobody but their owner, and would stay so.
    file: IO[bytes] = open(_new_path(folder), 'xb')  # noqa: SIM115  (closed below)
    while not _lock(file.fileno(), file.name):
        file.close()
        file = open(_new_path(folder), 'xb')  # noqa: SIM115
    try:
        with file:
            yield file
    finally:
        Path(file.name).unlink(missing_ok=True)


@contextmanager
def temporary_folder(folder: Path) -> Iterator[Path]:
    """Make a folder in another, for this user alone, that is removed at the end with all in it.

    Args:
        folder: Where it is made: an existing folder.

    Yields:
        Its path.

    Raises:
        OSError: It cannot be made.
    """
    _tidy(folder)
    while True:
        path = _new_path(folder)
        path.mkdir(mode=0o700)
        with _open_folder(path) as descriptor:
            if _lock(descriptor, path):
                try:
                    yield path
                finally:
                    shutil.rmtree(path, ignore_errors=True)
                return


def _new_path(folder: Path) -> Path:
    return folder / f'.chainercv_seg-{secrets.token_hex(8)}.tmp'


@contextmanager
def _open_folder(path: Path) -> Iterator[int]:
    if fcntl is None:
        yield -1
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _lock(descriptor: int, path: str | os.PathLike[str]) -> bool:
    """Lock what was just made; False where another process took it for a leftover and removed it."""
    if fcntl is None:
        return True
    with suppress(OSError):  # a file system without locks: nobody removes anything there
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        return os.path.samestat(os.fstat(descriptor), os.lstat(path))
    except FileNotFoundError:
        return False


def _tidy(folder: Path) -> None:
    """Remove what killed processes of this user left in a folder."""
    name = os.path.abspath(folder)
    if fcntl is None or name in _tidied:
        return
    _tidied.add(name)
    with suppress(OSError):  # a folder that may be written but not listed
        for path in [folder / name for name in os.listdir(folder) if _NAME.fullmatch(name)]:
            with suppress(OSError):  # alive, another's, or removed by another process
                _remove_if_left(path)


def _remove_if_left(path: Path) -> None:
    found = path.lstat()
    is_folder = stat.S_ISDIR(found.st_mode)
    if found.st_uid != os.geteuid() or not (is_folder or stat.S_ISREG(found.st_mode)):
        return
    access = (
        os.O_RDONLY if is_folder else os.O_RDWR
    )  # network file systems lock only what may be written
    descriptor = os.open(path, access | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if is_folder:
            shutil.rmtree(path)
        else:
            path.unlink()
    finally:
        os.close(descriptor)
