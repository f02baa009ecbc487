"""Downloading weight files into ChainerCV's cache."""

import logging
from collections.abc import Sequence
from pathlib import Path

import filelock

from chainercv_seg.utils.cache import cache_folder
from chainercv_seg.utils.errors import WeightsError

logger = logging.getLogger(__name__)


def download_model(urls: str | Sequence[str], *, sha256: str | None = None) -> Path:
    """Find a weight file in the cache, or download it there.

    Args:
        urls: Where it can be had from, one or several to be tried in this order. What is behind the
            last slash is the file's name in the cache.
        sha256: Its hash. None where it is not known: the file is then taken unverified.

    Returns:
        The path ``pfnet/chainercv/models/NAME`` in Chainer's cache.

    Raises:
        WeightsError: No URL gives the file, or it has another hash.
    """
    urls = (urls,) if isinstance(urls, str) else tuple(urls)
    path = cache_folder('models') / urls[0].rpartition('/')[2]
    if path.exists():  # in a cache that may be read-only
        return path
    locks = cache_folder('.lock')
    for folder in (path.parent, locks):
        folder.mkdir(parents=True, exist_ok=True)
    # Processes of one run all want the file: one gets it, the others wait. The lock is ChainerCV's.
    with filelock.FileLock(locks / 'models.lock'):
        if not path.exists():
            _download(urls, path, sha256)
    return path


def _download(urls: tuple[str, ...], path: Path, sha256: str | None) -> None:
    import pooch  # slow to import, and needed by few runs

    failures = []
    for url in urls:
        try:
            # Into a temporary file beside it, which is moved when it is whole.
            pooch.retrieve(
                url,
                known_hash=sha256,
                fname=path.name,
                path=path.parent,
                downloader=pooch.HTTPDownloader(progressbar=True, timeout=30),
            )
        # OSError: from the network and the disk. ValueError: another hash, or no URL.
        except (OSError, ValueError) as error:
            failures.append(f'{url}: {error}')
            continue
        if sha256 is None:
            logger.warning('%s is unverified: nobody has published its hash', path)
        return
    raise WeightsError(
        f'{path.name} cannot be downloaded. Get it by other means and put it at {path}. Tried '
        + '; '.join(failures)
    )
