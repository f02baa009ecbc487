"""How many bytes a server may send: what is known of the file, what the disk has, and a sane maximum."""

import errno
import shutil
from pathlib import Path

from chainercv_seg.utils.byte_limit import byte_limit
from chainercv_seg.utils.sources import SourceError

#: Set to the number of bytes that a download of unknown size may have.
LIMIT = 'CHAINERCV_SEG_MAX_DOWNLOAD_BYTES'
#: Eight times the largest of the archives and weight files that are known.
_DEFAULT_LIMIT = 1 << 34
#: What stays free of the disk at least, or a tenth of what is free if that is less.
_RESERVE = 1 << 30


def most_bytes(folder: Path, *, start: int, total: int | None, size: int | None) -> int:
    """Tell how long a file may become.

    Args:
        folder: Where it is written.
        start: Number of bytes of it that are there.
        total: How long it is going to be, as its source says, or None where it does not say.
        size: How long it is, where that is known.

    Returns:
        A number of bytes. A source that gives more is none.

    Raises:
        SourceError: The source says that it is longer than it may be.
        OSError: It is known that the disk has not the space.
    """
    free = shutil.disk_usage(folder).free
    if size is not None:
        if total not in (None, size):
            raise SourceError(f'expected {size} bytes, but the server has {total}')
        if size - start > free:
            lack = f'{size - start} bytes are needed, but {free} free'
            raise OSError(errno.ENOSPC, lack, str(folder))
        return size
    room = start + free - min(_RESERVE, free // 10)
    limit = byte_limit(LIMIT, _DEFAULT_LIMIT)
    if total is None:
        return min(limit, room)
    if total > limit:
        raise SourceError(
            f'it says to have {total} bytes, more than {limit}: if that is right, set {LIMIT} to more'
        )
    if total > room:
        raise SourceError(
            f'it says to have {total} bytes, too many for the disk, of which {free} are free: free some '
            'space, or set CHAINER_DATASET_ROOT to a folder on another disk'
        )
    return total
