"""An archive downloaded and unpacked, once for all processes."""

from collections.abc import Sequence
from pathlib import Path

from chainercv_seg.utils.archives import check_archive, unpack
from chainercv_seg.utils.download import find_download
from chainercv_seg.utils.errors import DatasetError, DownloadError
from chainercv_seg.utils.locks import cache_lock


def fetch_archive(
    urls: Sequence[str],
    target: Path,
    *,
    expected: Sequence[str],
    sha256: str | None = None,
    size: int | None = None,
) -> None:
    """Make a folder hold the content of an archive, downloading and unpacking it where needed.

    Where ``expected`` is all there, nothing is done, nor written. Else the archive is taken from Chainer's
    cache, the mirror, or its addresses. It stays in the cache. Of several processes one does this, and the
    others wait. A process that is killed leaves nothing that looks complete: the next one goes on.

    Args:
        urls: Addresses of the archive, zip or tar, in the order in which to try them.
        target: The folder. What else is in it stays, so that several archives may share it; files that are in
            the archive too are replaced.
        expected: Paths in ``target`` that tell that the content is there, and that the archive must hold.
        sha256: Hash of the archive, if it is known.
        size: Its size in bytes, if it is known.

    Raises:
        ValueError: ``expected`` is empty.
        DatasetError: The archive cannot be had, is not the right one, or cannot be unpacked. The message says
            why, and what to do.
    """
    if not expected:
        raise ValueError('expected must name what the archive holds, but is empty')
    if _is_there(target, expected):
        return
    try:
        with cache_lock(target.name):
            if not _is_there(target, expected):  # another process may have been quicker
                archive = find_download(urls, check=check_archive, sha256=sha256, size=size)
                _unpack(archive, target, expected)
    except DownloadError as error:
        raise DatasetError(str(error)) from error


def _is_there(target: Path, expected: Sequence[str]) -> bool:
    return all((target / path).exists() for path in expected)


def _unpack(archive: Path, target: Path, expected: Sequence[str]) -> None:
    try:
        unpack(archive, target, expected=expected)
    except ValueError as error:
        archive.unlink()
        raise DatasetError(
            f'{target} cannot be made: {error}. The archive was deleted from the cache; the next try '
            'downloads it anew'
        ) from error
    except OSError as error:
        raise DatasetError(
            f'{archive} cannot be unpacked into {target}: {error}. Free some space, or unpack it by hand'
        ) from error
