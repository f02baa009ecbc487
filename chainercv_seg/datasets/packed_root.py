"""Data sets in the archives that they are published in, which nobody has unpacked."""

import os
from collections.abc import Sequence
from pathlib import Path

from chainercv_seg.datasets.file_names import is_hidden, names_in
from chainercv_seg.utils.archive_index import SUFFIXES, ArchiveIndex, archive_index
from chainercv_seg.utils.packed_files import is_packed_folder

#: Folders in an archive above that of the data set.
_DEPTH = 3
#: What macOS adds to archives.
_MAC = '__MACOSX'


def packed_root(folder: Path, parts: Sequence[str]) -> Path | None:
    """Find the archive that holds a data set.

    Args:
        folder: A folder with archives, or an archive.
        parts: Files and folders that must be in it: paths with ``/``.

    Returns:
        What to take for the folder of the data set: the archive, or a folder in it, as a path through the
        archive. None where the folder has one of the parts itself, or no archive has them all.
    """
    if any(os.path.exists(folder / part) for part in parts):
        return None
    for archive in archives_in(folder):
        try:
            index = archive_index(str(archive))
        except OSError:  # what is missing in the end is said, and why this was of no use
            continue
        root = _root(index, parts)
        if root is not None:
            return archive / root
    return None


def only_folder(folder: Path) -> Path:
    """Go down in an archive to the first folder that holds more than a folder; others stay as they are."""
    while is_packed_folder(folder):
        names = [name for name in names_in(folder) if name != _MAC]
        if len(names) != 1 or not is_packed_folder(folder / names[0]):
            break
        folder /= names[0]
    return folder


def archives_in(folder: Path) -> list[Path]:
    """List the archives in a folder that can be read as they are, or the archive itself if it is one."""
    if folder.is_dir():
        return [folder / name for name in names_in(folder) if name.lower().endswith(SUFFIXES)]
    return [folder] if folder.is_file() and folder.suffix.lower() in SUFFIXES else []


def _root(index: ArchiveIndex, parts: Sequence[str]) -> str | None:
    """The uppermost folder of an archive that has all parts."""
    known = index.files.keys() | index.folders.keys()
    first = parts[0]
    roots = [
        '' if name == first else name[: -len(first) - 1]
        for name in known
        if f'/{name}'.endswith(f'/{first}')
    ]
    for root in sorted(roots, key=lambda root: (root.count('/'), root)):
        names = root.split('/') if root else []
        if len(names) > _DEPTH or any(is_hidden(name) or name == _MAC for name in names):
            continue
        if all(f'{root}/{part}'.removeprefix('/') in known for part in parts):
            return root
    return None
