"""The members of an archive, zip or tar, without trusting it."""

import os
import stat
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath, PureWindowsPath
from typing import IO, Any, NamedTuple

#: A tar file may hold names and comments of any length as members of their own, which are read into memory.
_MAX_EXTENSION = 1 << 20
#: Bytes of a name that file systems take, and folders in folders that none of ours has.
_LONGEST, _DEEPEST = 255, 64
_EXTENSIONS = (
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
)


class Member(NamedTuple):
    """A file or a folder in an archive.

    Attributes:
        name: As it is written there.
        path: Where it belongs, which leads out of the folder on no system.
        size: Its bytes when it is unpacked.
        file: To be read before the next member is asked for; None for a folder.
    """

    name: str
    path: PurePosixPath
    size: int
    file: IO[bytes] | None


class RefusedArchiveError(ValueError):
    """An archive holds what none of ours needs, and what does harm."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f'the archive is refused, for its member {name!r} {why}')


def archive_members(file: IO[bytes]) -> Iterator[Member]:
    """Yield the members of an archive.

    Args:
        file: The open file.

    Raises:
        RefusedArchiveError: A member is no file and no folder, or its name leads out of the folder.
        Exception: The archive is broken: tarfile and zipfile raise whatever they come upon.
    """
    # The tail of a tar file may look like a zip file, not the other way.
    return _tar_members(file) if is_tar(file) else _zip_members(file)


def is_tar(file: IO[bytes]) -> bool:
    """Whether a file is a tar file, compressed or not. It is left at its start.

    Raises:
        Exception: It is compressed, and broken.
    """
    file.seek(0)
    try:
        # As tarfile.is_tarfile, which reads any length into memory.
        with tarfile.open(fileobj=file, tarinfo=TarInfo):
            return True
    except tarfile.TarError:
        return False
    finally:
        file.seek(0)


def _zip_members(file: IO[bytes]) -> Iterator[Member]:
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            path = _safe_path(info.filename)
            kind = stat.S_IFMT(info.external_attr >> 16)  # 0 where the archive is not Unix's
            if info.is_dir():
                yield Member(info.filename, path, 0, None)
            elif kind in (0, stat.S_IFREG):
                with archive.open(info) as member:
                    yield Member(info.filename, path, info.file_size, member)
            else:
                raise RefusedArchiveError(info.filename, 'is a link or a device')


def _tar_members(file: IO[bytes]) -> Iterator[Member]:
    with tarfile.open(fileobj=file, tarinfo=TarInfo) as archive:
        for info in archive:
            path = _safe_path(info.name)
            member = archive.extractfile(info) if info.isreg() else None
            if member is None and not info.isdir():
                raise RefusedArchiveError(info.name, 'is a link or a device')
            yield Member(info.name, path, info.size, member)
        check_end(archive)


class TarInfo(tarfile.TarInfo):
    """The header of a member, whose size is a size."""

    @classmethod
    def frombuf(cls, *arguments: Any) -> 'TarInfo':
        """Read a header; ReadError where it says that less than nothing, or far too much, follows."""
        info = super().frombuf(*arguments)
        if info.size < 0 or (info.type in _EXTENSIONS and info.size > _MAX_EXTENSION):
            raise tarfile.ReadError(f'a header says that {info.size} bytes follow')
        return info


def check_end(file: tarfile.TarFile) -> None:
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
    if not name:
        raise RefusedArchiveError(name, 'has no name')
    for path in (PurePosixPath(name), PureWindowsPath(name)):
        if path.anchor or '..' in path.parts:
            raise RefusedArchiveError(name, 'leads out of the folder')
    safe = PurePosixPath(name)
    if len(safe.parts) > _DEEPEST or any(len(os.fsencode(part)) > _LONGEST for part in safe.parts):
        raise RefusedArchiveError(f'{name[:60]}...', 'has a name too long for a file')
    return safe


def is_safe(name: str) -> bool:
    """Whether the name of a member leads out of the folder on no system."""
    try:
        _safe_path(name)
    except RefusedArchiveError:
        return False
    return True
