"""Files in archives, by paths that go through the archive: ``folder/images.zip/val/a.png``."""

import errno
import os
import struct
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

from chainercv_seg.utils.archive_index import SUFFIXES, Span, archive_index

Path_ = str | os.PathLike[str]
#: The largest file in an archive that is read, which goes into memory.
_MAX_SIZE = 1 << 31
_LOCAL_HEADER = struct.Struct('<4s22xHH')


class PackedPath(NamedTuple):
    """A place in an archive.

    Attributes:
        archive: The archive.
        member: The path in it, with ``/``; empty for all of it.
    """

    archive: str
    member: str


class FileStat(NamedTuple):
    """Size in bytes, and times in nanoseconds since 1970, which in an archive are those of the archive."""

    size: int
    modified: int
    changed: int


def packed_path(path: Path_) -> PackedPath | None:
    """Tell where in an archive a path is; None where it goes through none."""
    archive = Path(path)
    members: list[str] = []
    while archive.name:
        if archive.suffix.lower() in SUFFIXES and archive.is_file():
            return PackedPath(str(archive), '/'.join(reversed(members)))
        members.append(archive.name)
        archive = archive.parent
    return None


def is_there(path: Path_) -> bool:
    """Whether there is a file or a folder, in an archive or not."""
    return os.path.exists(path) or is_packed_folder(path) or _span(path) is not None


def is_packed_folder(path: Path_) -> bool:
    """Whether a path is an archive, or a folder in one."""
    return packed_names(path) is not None


def packed_names(path: Path_) -> list[str] | None:
    """List a folder in an archive; None where it is none, or the archive cannot be read."""
    place = packed_path(path)
    try:
        return None if place is None else archive_index(place.archive).folders.get(place.member)
    except OSError:
        return None


def packed_below(path: Path_) -> list[str]:
    """List the files of a folder in an archive and of the folders in it, by their paths from there."""
    place = packed_path(path)
    if place is None:
        return []
    start = f'{place.member}/' if place.member else ''
    files = archive_index(place.archive).files
    return [name.removeprefix(start) for name in files if name.startswith(start)]


def file_stat(path: Path_) -> FileStat:
    """Size and times of a file, in an archive or not.

    Raises:
        OSError: There is none.
    """
    place = packed_path(path)
    if place is None or not place.member:
        found = os.stat(path)
        return FileStat(found.st_size, found.st_mtime_ns, found.st_ctime_ns)
    found = os.stat(place.archive)
    return FileStat(_existing(path, place).size, found.st_mtime_ns, found.st_ctime_ns)


def read_packed(path: Path_) -> bytes | None:
    """Read a file in an archive; None where the path goes through none. Any thread or process may call this.

    Raises:
        OSError: There is no such file, or the archive or the file in it is damaged, encrypted, too large
            (2 GiB), or compressed by another method than deflate.
    """
    place = packed_path(path)
    if place is None or not place.member:
        return None
    span = _existing(path, place)
    if max(span.size, span.stored) > _MAX_SIZE:
        raise OSError(errno.EFBIG, f'it says to have {span.size} bytes', os.fspath(path))
    with open(place.archive, 'rb') as file:
        offset = span.offset
        if span.method is not None:
            file.seek(offset)
            header = file.read(_LOCAL_HEADER.size)
            if len(header) < _LOCAL_HEADER.size or header[:4] != b'PK\3\4':
                raise _damaged(path)
            offset += _LOCAL_HEADER.size + sum(_LOCAL_HEADER.unpack(header)[1:])
        file.seek(offset)
        data = file.read(span.stored)
    return _unpacked(data, span, path)


def _unpacked(data: bytes, span: Span, path: Path_) -> bytes:
    if len(data) < span.stored:
        raise _damaged(path)
    if span.method == zipfile.ZIP_DEFLATED:
        try:
            data = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, span.size + 1)
        except zlib.error as error:
            raise _damaged(path) from error
    elif span.method not in (None, zipfile.ZIP_STORED):
        raise OSError(
            errno.EINVAL, 'it is encrypted, or not compressed by deflate', os.fspath(path)
        )
    if len(data) != span.size or span.crc not in (None, zlib.crc32(data)):
        raise _damaged(path)
    return data


def _span(path: Path_) -> Span | None:
    place = packed_path(path)
    try:
        return None if place is None else archive_index(place.archive).files.get(place.member)
    except OSError:
        return None


def _existing(path: Path_, place: PackedPath) -> Span:
    span = archive_index(place.archive).files.get(place.member)
    if span is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), os.fspath(path))
    return span


def _damaged(path: Path_) -> OSError:
    return OSError(errno.EIO, 'it is damaged in the archive', os.fspath(path))
