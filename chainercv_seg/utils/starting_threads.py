"""The error of threads that the system does not start."""

from collections.abc import Iterator
from contextlib import contextmanager

from chainercv_seg.utils.errors import DeviceError


@contextmanager
def starting_threads() -> Iterator[None]:
    """Say what to do where threads cannot be started in the block.

    Raises:
        DeviceError: Memory, or the number of processes and threads, is limited.
    """
    try:
        yield
    except RuntimeError as error:
        if "can't start new thread" not in str(error):
            raise
        raise DeviceError(
            'threads cannot be started: memory or the number of processes is limited (ulimit -v, '
            'ulimit -u, the container). Fewer threads need less: OMP_NUM_THREADS=1'
        ) from error
