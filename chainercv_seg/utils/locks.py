"""Locks that several processes, and ChainerCV's too, respect."""

import errno
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from chainercv_seg.utils.cache import cache_folder
from chainercv_seg.utils.errors import DownloadError
from chainercv_seg.utils.regular_file import check_replaceable

logger = logging.getLogger(__name__)

#: Seconds for which to wait without a word.
_SILENCE = 1


@contextmanager
def cache_lock(name: str) -> Iterator[None]:
    """Let one process at a time into the block. One that was killed is out of it.

    Args:
        name: What is locked: ``'models'``, or a data set. The file is ``pfnet/chainercv/.lock/NAME.lock``
            in the cache.

    Raises:
        DownloadError: The file cannot be made or locked.
    """
    import filelock  # slow to import, and needed by few runs

    path = cache_folder('.lock') / f'{name}.lock'
    lock = filelock.FileLock(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        check_replaceable(path)
        if path.is_symlink():  # filelock before 3.20 would empty what it leads to
            raise OSError(errno.ELOOP, 'it is a link', str(path))
        try:
            lock.acquire(timeout=_SILENCE)
        except filelock.Timeout:
            logger.warning('another process is busy with %s: waiting for it (%s)', name, path)
            lock.acquire()
    except (OSError, NotImplementedError) as error:  # the latter: a file system without locks
        raise DownloadError(
            f'{path} cannot be locked: {error}. Nothing can be downloaded into a cache that cannot be '
            'written: set CHAINER_DATASET_ROOT to a folder in which you may make files'
        ) from error
    try:
        yield
    finally:
        lock.release()
