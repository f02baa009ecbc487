"""Downloads into the folders in which Chainer and ChainerCV keep them."""

import logging
import re
import zipfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from chainercv_seg.utils.cache import cache_folder, download_path
from chainercv_seg.utils.errors import DownloadError, WeightsError
from chainercv_seg.utils.fetch_file import fetch_file
from chainercv_seg.utils.file_sha256 import file_sha256
from chainercv_seg.utils.locks import cache_lock
from chainercv_seg.utils.output_files import replaced_file
from chainercv_seg.utils.regular_file import check_replaceable, open_regular
from chainercv_seg.utils.sources import file_name

logger = logging.getLogger(__name__)

#: How many times smaller a file becomes at most when it is compressed as those of NumPy are.
_MOST = 1032
#: More than a line of sha256sum has.
_HASH_FILE_SIZE = 1 << 12


def cached_download(url: str) -> str:
    """Find a file in Chainer's cache, or download it there.

    Of several processes one downloads, and the others wait. An interrupted download is gone on with.

    Args:
        url: Where it can be had from.

    Returns:
        The path ``_dl_cache/MD5`` in the root of the cache, with the MD5 of the URL.

    Raises:
        DownloadError: It cannot be downloaded, or not be written.
    """
    return str(find_download([url]))


def download_model(urls: str | Sequence[str], *, sha256: str | None = None) -> Path:
    """Find a weight file in ChainerCV's cache, or download it there.

    Where the hash is not known, that of the first download is kept in ``NAME.sha256`` beside the file, as
    ``sha256sum`` writes it, which is said in a warning. The file is checked from then on.

    Args:
        urls: Where it can be had from, one or several to be tried in this order. What is behind the
            last slash of the first is the file's name in the cache.
        sha256: Its hash, if it is known, in letters of any case.

    Returns:
        The path ``pfnet/chainercv/models/NAME`` in the root of the cache.

    Raises:
        ValueError: The first URL does not end in the name of a file.
        WeightsError: No URL gives the file, it has another hash, or it cannot be written.
    """
    urls = (urls,) if isinstance(urls, str) else tuple(urls)
    name = file_name(urls[0])
    if name in ('', '.', '..'):
        raise ValueError(f'expected a URL that ends in the name of a file, but got {urls[0]!r}')
    path = cache_folder('models') / name
    kept = path.with_name(f'{path.name}.sha256')
    try:
        if not path.exists():  # else the cache may be read-only
            with cache_lock('models'):
                if not path.exists():  # another process may have been quicker
                    known = sha256 or _read_hash(kept)
                    # Recorded first: a process that dies in between loses nothing.
                    keep = partial(_keep_hash, kept, path) if known is None else None
                    fetch_file(urls, path, check=_check_npz, before_move=keep, sha256=known)
    except DownloadError as error:
        raise WeightsError(str(error)) from error
    expected = sha256 or _read_hash(kept)
    try:
        found = expected and file_sha256(path)
    except OSError as error:
        raise WeightsError(f'{path} cannot be read: {error.strerror}') from error
    if found != (expected and expected.lower()):
        raise WeightsError(
            f'expected the SHA-256 {expected} of {path}, found {found}: it was changed, or is damaged. '
            f'Delete it, so that it is downloaded anew'
            + ('' if sha256 else f'; or delete {kept} if you changed it yourself')
        )
    return path


def find_download(
    urls: Sequence[str],
    *,
    check: Callable[[Path], None] | None = None,
    sha256: str | None = None,
    size: int | None = None,
) -> Path:
    """Find a file in Chainer's cache of downloads, or download it there.

    Args:
        urls: Where it can be had from, in the order in which to try.
        check: Called with the path of a downloaded file. A ValueError says that the content is wrong.
        sha256: Its hash, if it is known.
        size: Its size in bytes, if it is known.

    Returns:
        The path ``_dl_cache/MD5`` in the root of the cache, with the MD5 of one of the URLs.

    Raises:
        DownloadError: It cannot be downloaded, or not be written, or its place is taken by no file.
    """
    paths = [download_path(url) for url in urls]

    def find() -> Path | None:
        return next((path for path in paths if _is_whole(path, sha256=sha256, size=size)), None)

    found = find()
    if found is None:  # else the cache may be read-only
        with cache_lock(paths[0].name):
            found = find()  # another process may have been quicker
            if found is None:
                fetch_file(urls, paths[0], check=check, sha256=sha256, size=size)
    return found or paths[0]


def _is_whole(path: Path, *, sha256: str | None, size: int | None) -> bool:
    """Whether a file is there, and is the right one as far as that is known."""
    try:
        check_replaceable(path)
    except OSError as error:
        raise DownloadError(f'{path} cannot be used: {error.strerror}. Move it away') from error
    if not path.exists() or size not in (None, path.stat().st_size):
        return False
    return sha256 is None or file_sha256(path) == sha256.lower()


def _check_npz(path: Path) -> None:
    """Check that a file is an npz of which no part is missing or damaged."""
    try:
        with zipfile.ZipFile(path) as file:
            if sum(info.file_size for info in file.infolist()) > _MOST * path.stat().st_size:
                raise ValueError('it says to hold more than it can')
            damaged = file.testzip()
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise ValueError(f'it is no npz file, or is cut short ({error})') from error
    if damaged is not None:
        raise ValueError(f'its part {damaged} is damaged')


def _keep_hash(kept: Path, path: Path, downloaded: Path) -> None:
    digest = file_sha256(downloaded)
    with replaced_file(kept) as file:
        file.write(f'{digest}  {path.name}\n'.encode())
    logger.warning(
        '%s is unverified: nobody has published its hash. That of this download, %s, is kept in %s, and '
        'the file checked from now on',
        path,
        digest,
        kept.name,
    )


def _read_hash(kept: Path) -> str | None:
    """The hash of the first download, None where there was none."""
    try:
        with open_regular(kept) as file:
            digest = file.read(_HASH_FILE_SIZE).decode('utf-8-sig').split()[0]
        if not re.fullmatch('[0-9a-fA-F]{64}', digest):
            raise ValueError(f'{digest[:70]!r} is no hash')
        return digest
    except FileNotFoundError:
        return None
    except (OSError, ValueError, IndexError) as error:
        raise WeightsError(
            f'expected a line of sha256sum in {kept}, found none: {error}. Delete it'
        ) from error
