"""Archives of files, unpacked without trusting them."""

import lzma
import os
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO, Any

from chainercv_seg.utils.moves import plan_moves
from chainercv_seg.utils.terminals import is_watched

#: What reading a broken archive raises: no zip or tar or a cut one, broken compression, an unknown one, an
#: encrypted member, and a member that is a file and a folder.
_READ_ERRORS = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    FileExistsError,
    NotADirectoryError,
    IsADirectoryError,
)
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
        ValueError: The archive is broken, holds links or paths that lead out of the folder, or lacks what is
            expected.
        OSError: It cannot be read, or the folder not be written, for example where it has a file in the
            place of a folder of the archive.
    """
    folder = target / '.unpacking'  # on the same disk whatever is linked or mounted
    if folder.exists():
        shutil.rmtree(folder)  # a process that was killed left it
    folder.mkdir(parents=True)
    try:
        _write_members(archive, folder)
        missing = [path for path in expected if not (folder / path).exists()]
        if missing:
            found = ', '.join(sorted(path.name for path in folder.iterdir())[:6])
            raise ValueError(
                f'expected {", ".join(missing)} in {archive}, found {found or "nothing"}'
            )
        for source, destination in plan_moves(folder, target, last=expected):
            os.replace(source, destination)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if not any(target.iterdir()):
            target.rmdir()


def check_archive(path: Path) -> None:
    """Check that a file looks like an archive.

    Raises:
        ValueError: It is neither a zip nor a tar file.
    """
    if not (tarfile.is_tarfile(path) or zipfile.is_zipfile(path)):
        raise ValueError('it is neither a zip nor a tar file, or is cut short')


def _write_members(archive: Path, folder: Path) -> None:
    from tqdm import tqdm  # slow to import, and needed by few runs

    check_archive(archive)
    is_tar = tarfile.is_tarfile(
        archive
    )  # the tail of a tar file may look like a zip file, not the other way
    try:
        members = _tar_members(archive) if is_tar else _zip_members(archive)
        for name, file in tqdm(
            members,
            desc=f'unpacking {archive.name}',
            unit=' files',
            leave=False,
            disable=not is_watched(),
        ):
            path = folder / _safe_path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            if file is None:
                path.mkdir(exist_ok=True)
            else:
                with path.open('wb') as copy:
                    shutil.copyfileobj(file, copy, 1 << 20)
    except _READ_ERRORS as error:
        raise ValueError(f'{archive} is no sound archive: {error}') from error
    except OSError as error:
        if error.errno is None:  # not the system's: it comes from the modules that decompress
            raise ValueError(f'{archive} is no sound archive: {error}') from error
        raise


def _zip_members(archive: Path) -> Iterator[tuple[str, IO[bytes] | None]]:
    """Yield names of files and folders, and open files."""
    with zipfile.ZipFile(archive) as file:
        for info in file.infolist():
            kind = stat.S_IFMT(info.external_attr >> 16)  # 0 where the archive is not Unix's
            if info.is_dir():
                yield info.filename, None
            elif kind in (0, stat.S_IFREG):
                with file.open(info) as member:
                    yield info.filename, member
            else:
                raise _refusal(info.filename, 'is a link or a device')


def _tar_members(archive: Path) -> Iterator[tuple[str, IO[bytes] | None]]:
    """Yield names of files and folders, and open files."""
    with tarfile.open(archive) as file:
        for info in file:
            member = file.extractfile(info) if info.isreg() else None
            if member is None and not info.isdir():
                raise _refusal(info.name, 'is a link or a device')
            yield info.name, member
        _check_end(file)


def _check_end(file: tarfile.TarFile) -> None:
    """Check that a tar file was read to its end.

    At a broken header tarfile ends as if all had been read, and before the checksum of what is compressed.
    """
    stream: Any = file.fileobj
    stream.seek(file.offset)
    if stream.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
        raise tarfile.ReadError('it ends without the mark of its end, or a header is broken')
    while stream.read(1 << 20):
        pass


def _safe_path(name: str) -> PurePosixPath:
    """Path of a member, which does not lead out of its folder on any system."""
    for path in (PurePosixPath(name), PureWindowsPath(name)):
        if path.anchor or '..' in path.parts:
            raise _refusal(name, 'leads out of the folder')
    return PurePosixPath(name)


def _refusal(name: str, why: str) -> ValueError:
    return ValueError(f'the archive is refused, for its member {name!r} {why}')
