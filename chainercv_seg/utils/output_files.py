"""Files that are complete or not there at all, and folders that can be written."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from chainercv_seg.utils.errors import OutputError


@contextmanager
def replaced_file(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Write a file that appears, or takes the place of another, when all of it is on the disk.

    Args:
        path: The file. Its folder must exist.

    Yields:
        A binary file to write to. An exception leaves what was at ``path`` as it was.
    """
    path = Path(path)
    # Not tempfile's: its files are for nobody but their owner, and would stay so.
    temporary = path.with_name(f'.{path.name}.{secrets.token_hex(4)}')
    try:
        with open(temporary, 'xb') as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def make_output_folder(folder: str | os.PathLike[str]) -> Path:
    """Make a folder for results, and make sure that files can be written there.

    Returns:
        The folder.

    Raises:
        OutputError: It cannot be made, or not be written.
    """
    folder = Path(folder)
    probe = folder / f'.{secrets.token_hex(4)}'
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise OutputError(
            f'{folder} cannot be written: {error.strerror}. Give a folder in which you may make files'
        ) from error
    return folder
