"""Where the files in a zip or tar archive are, so that each can be read without the others."""

import json
import os
import stat
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import IO, Any, NamedTuple

from chainercv_seg.utils.archive_members import TarInfo, check_end, is_safe
from chainercv_seg.utils.temporary_files import temporary_file

#: Archives whose files can be read one by one; compressed tar files must be read from their start.
SUFFIXES = ('.zip', '.tar')
#: Archives whose indexes are kept in memory.
_KEPT = 8
_VERSION = 1


class Span(NamedTuple):
    """A file in an archive.

    Attributes:
        offset: Where it starts: in a zip its local header, in a tar its content.
        stored: Its bytes in the archive.
        size: Its bytes when it is unpacked.
        method: How it is compressed, as zipfile has it; None in a tar.
        crc: Checksum of its content; None in a tar.
    """

    offset: int
    stored: int
    size: int
    method: int | None = None
    crc: int | None = None


class ArchiveIndex:
    """The files of an archive by their names.

    Args:
        spans: By the names, with ``/``. Names that lead out of the archive are left out.

    Attributes:
        files: By their paths in the archive.
        folders: For each folder, ``''`` the uppermost, what is in it, sorted.
    """

    def __init__(self, spans: dict[str, Span]) -> None:
        self.files: dict[str, Span] = {}
        children: dict[str, set[str]] = {'': set()}
        for name, span in spans.items():
            if not is_safe(name):
                continue
            path = PurePosixPath(name)
            self.files[str(path)] = span
            parts = path.parts
            for depth, part in enumerate(parts):
                children.setdefault('/'.join(parts[:depth]), set()).add(part)
        self.folders = {name: sorted(names) for name, names in children.items()}


def archive_index(path: str) -> ArchiveIndex:
    """Read where the files of an archive are; what was read is kept while the archive stays as it is.

    The index of a tar, for which all of it has to be walked through, is kept beside it as ``NAME.tar.index``
    where that can be written.

    Args:
        path: The archive.

    Raises:
        OSError: It cannot be read, or it is damaged.
    """
    found = os.stat(path)
    known = found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
    return _index(path, known)


@lru_cache(_KEPT)
def _index(path: str, known: tuple[int, int, int, int]) -> ArchiveIndex:
    try:
        with open(path, 'rb') as file:
            if not path.lower().endswith('.tar'):
                return ArchiveIndex(dict(_zip_spans(file)))
            stamp = [_VERSION, *known[2:]]
            spans = _kept_spans(f'{path}.index', stamp)
            if spans is None:
                spans = dict(_tar_spans(file))
                _keep(spans, f'{path}.index', stamp)
            return ArchiveIndex(spans)
    except OSError:
        raise
    except (
        Exception
    ) as error:  # of a damaged archive tarfile and zipfile raise whatever they come upon
        raise OSError(None, f'the archive cannot be read: {error}', path) from error


def _zip_spans(file: IO[bytes]) -> Iterator[tuple[str, Span]]:
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            kind = stat.S_IFMT(info.external_attr >> 16)  # 0 where the archive is not Unix's
            if not info.is_dir() and kind in (0, stat.S_IFREG):
                method = -1 if info.flag_bits & 1 else info.compress_type  # encrypted
                yield (
                    info.filename,
                    Span(info.header_offset, info.compress_size, info.file_size, method, info.CRC),
                )


def _tar_spans(file: IO[bytes]) -> Iterator[tuple[str, Span]]:
    with tarfile.open(fileobj=file, mode='r:', tarinfo=TarInfo) as archive:
        for info in archive:
            if info.isreg() and not info.issparse():
                yield info.name, Span(info.offset_data, info.size, info.size)
        check_end(archive)


def _kept_spans(path: str, stamp: list[int]) -> dict[str, Span] | None:
    """The spans of a kept index, None where there is none of this archive as it is."""
    try:
        with open(path, encoding='utf-8') as file:
            kept: Any = json.load(file)
        if kept['archive'] != stamp:
            return None
        spans = {name: Span(*map(_natural, span)) for name, span in kept['files'].items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return spans


def _natural(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError('expected numbers of bytes')
    return value


def _keep(spans: dict[str, Span], path: str, stamp: list[int]) -> None:
    text = json.dumps({'archive': stamp, 'files': {k: v[:3] for k, v in spans.items()}})
    # Where it cannot be written, each process makes it anew.
    with suppress(OSError), temporary_file(Path(path).parent) as file:
        file.write(text.encode())
        file.flush()
        if os.name == 'nt':
            file.close()  # Windows moves no open file
        os.replace(file.name, path)
