"""Archives of files, unpacked without trusting them."""

import errno
import os
import shutil
import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import IO

from chainercv_seg.utils.archive_members import (
    Member,
    RefusedArchiveError,
    archive_members,
    is_tar,
)
from chainercv_seg.utils.moves import plan_moves
from chainercv_seg.utils.progress import show_progress
from chainercv_seg.utils.regular_file import open_regular
from chainercv_seg.utils.temporary_files import temporary_folder

_EXTENSIONS = ('.zip', '.tar', '.gz', '.tgz')


def extractall(
    file_path: str | os.PathLike[str], destination: str | os.PathLike[str], ext: str
) -> None:
    """Extract an archive into a folder.

    Unlike the functions of :mod:`zipfile` and :mod:`tarfile` this makes no links, writes nothing outside of
    the folder, and leaves nothing of an archive that is broken.

    Args:
        file_path: The archive.
        destination: The folder. It is made where it is missing. Files in it that the archive holds too are
            replaced.
        ext: What kind of archive it is said to be: ``'.zip'``, ``'.tar'``, ``'.gz'`` or ``'.tgz'``. The
            content decides.

    Raises:
        ValueError: There is no such kind, the archive is broken, or it holds links or paths that lead out of
            the folder.
        OSError: The archive cannot be read, or the folder not be written.
    """
    if ext not in _EXTENSIONS:
        raise ValueError(f'ext must be one of {_EXTENSIONS}, not {ext!r}')
    unpack(Path(file_path), Path(destination))


def unpack(archive: Path, target: Path, *, expected: Collection[str] = ()) -> None:
    """Unpack an archive in a hidden folder in another, and move all into that when it is complete.

    Processes that do the same at once must be kept apart by the caller.

    Args:
        archive: A zip or tar file, compressed or not.
        target: The folder in which its content goes, made where it is missing. Files in it that the archive
            holds too are replaced.
        expected: Paths in the archive without which it is not the right one. They appear last in ``target``:
            when they are all there, so is the rest.

    Raises:
        ValueError: The archive is broken, holds links, one file twice or paths that lead out of the folder,
            or lacks what is expected.
        OSError: It cannot be read, or the folder not be written, for example where it has a file in the
            place of a folder of the archive, or where the disk has not the space.
    """
    with open_regular(archive) as file:
        target.mkdir(parents=True, exist_ok=True)
        try:
            with temporary_folder(
                target
            ) as folder:  # on the same disk whatever is linked or mounted
                _write_members(file, archive, folder)
                missing = [path for path in expected if not (folder / path).exists()]
                if missing:
                    found = ', '.join(sorted(path.name for path in folder.iterdir())[:6])
                    raise ValueError(
                        f'expected {", ".join(missing)} in {archive}, found {found or "nothing"}'
                    )
                for source, destination in plan_moves(folder, target, last=expected):
                    os.replace(source, destination)
        finally:
            if not any(target.iterdir()):
                target.rmdir()


def check_archive(path: Path) -> None:
    """Check that a file looks like an archive.

    Raises:
        ValueError: It is neither a zip nor a tar file.
        OSError: It cannot be read, or is no regular file.
    """
    with open_regular(path) as file:
        _check(file)


def _check(file: IO[bytes]) -> None:
    try:
        if is_tar(file) or zipfile.is_zipfile(file):
            return
    except Exception as error:  # the modules raise whatever they come upon
        if _is_systems(error):
            raise
        raise ValueError(f'it is cut short, or damaged: {_reason(error)}') from error
    raise ValueError('it is neither a zip nor a tar file, or is cut short')


def _write_members(file: IO[bytes], archive: Path, folder: Path) -> None:
    _check(file)
    try:
        with show_progress(
            None, unit='files', title=f'unpacking {archive.name}', leave=False
        ) as progress:
            for member in archive_members(file):
                _write_member(member, folder)
                progress(1)
    except RefusedArchiveError:
        raise
    except (NotADirectoryError, FileExistsError, IsADirectoryError) as error:
        raise ValueError(
            f'{archive} is no sound archive: it has a file and a folder of one name'
        ) from error
    except Exception as error:  # the modules raise whatever they come upon
        if _is_systems(error):
            raise
        raise ValueError(f'{archive} is no sound archive: {_reason(error)}') from error


def _write_member(member: Member, folder: Path) -> None:
    path = folder / member.path
    path.parent.mkdir(parents=True, exist_ok=True)
    if member.file is None:
        path.mkdir(exist_ok=True)
        return
    free = shutil.disk_usage(folder).free
    if member.size > free:
        what = f'{member.name!r} takes {member.size} bytes, but {free} are free'
        raise OSError(errno.ENOSPC, what, str(folder))
    if path.is_file():
        raise RefusedArchiveError(member.name, 'is there twice, or once more in other letters')
    with path.open('xb') as copy:
        shutil.copyfileobj(member.file, copy, 1 << 20)


def _is_systems(error: Exception) -> bool:
    """Whether it is an error of the disk. A broken archive may ask for what lies before its start."""
    return isinstance(error, OSError) and error.errno not in (None, errno.EINVAL)


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__
