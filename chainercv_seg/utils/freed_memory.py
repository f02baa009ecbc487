"""Whether this process gives memory that it has freed back to the system."""

import ctypes
import platform

#: Parameters of glibc's mallopt (malloc.h).
_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4


def keep_freed_memory() -> bool:
    """Let freed memory stay in this process, to be used again, where the C library is glibc.

    Large arrays come and go with every layer of a training. By default glibc gets each from the system and
    gives it back, and the system fills its pages with zeros every time. Memory stays at its peak.
    It holds for the whole process, so it is for scripts, not for libraries.

    Returns:
        Whether that was done.
    """
    if platform.libc_ver()[0] != 'glibc':
        return False
    mallopt = ctypes.CDLL(None).mallopt
    return all(mallopt(*setting) == 1 for setting in ((_M_MMAP_MAX, 0), (_M_TRIM_THRESHOLD, -1)))
