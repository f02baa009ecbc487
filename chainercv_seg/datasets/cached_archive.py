"""Data sets that are downloaded on demand into ChainerCV's cache."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from chainercv_seg.datasets.packed_root import packed_root
from chainercv_seg.utils.cache import cache_folder


@dataclass(frozen=True)
class Archive:
    """An archive with a data set.

    Attributes:
        urls: Where it can be had from, in the order in which to try.
        root: What in it is the folder of the data set: a path with ``/``, or ``'.'`` for all of it.
        sha256: Its hash, or None where nobody has published it.
        size: Its size in bytes, or None where it is not known.
    """

    urls: tuple[str, ...]
    root: str = '.'
    sha256: str | None = None
    size: int | None = None


def locate(
    data_dir: str | os.PathLike[str], archive: Archive, parts: Sequence[str], *, name: str
) -> tuple[Path, str]:
    """Find the folder of a data set, downloading it where it is wanted in the cache and not there.

    Args:
        data_dir: The folder, or ``'auto'`` for the one in the cache.
        archive: What it comes from.
        parts: What must be in it: paths with ``/``.
        name: What the cache calls it, for example ``'ade20k'``.

    Returns:
        The folder, perhaps in an archive that is not unpacked; and how people get what is missing in it, as
        the end of 'or ...'.

    Raises:
        DatasetError: It cannot be downloaded.
    """
    if data_dir != 'auto':
        folder = packed_root(Path(data_dir), parts) or Path(data_dir)
        return folder, f"leave data_dir at 'auto', which downloads {archive.urls[0]}"
    from chainercv_seg.utils import fetch_archive

    cache = cache_folder(name)
    folder = cache / archive.root
    expected = tuple((Path(archive.root) / part).as_posix() for part in parts)
    fetch_archive(archive.urls, cache, expected=expected, sha256=archive.sha256, size=archive.size)
    return folder, f'remove {folder}: it is then downloaded again'
