"""The end of all ranks, by the one that knows why."""

import faulthandler
import os
import socket
import stat
import sys
import time
import traceback
from typing import Any, TextIO

from chainercv_seg.utils.failures import EXPECTED, describe, exit_code_of

try:
    import fcntl
    import termios
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

#: What the first rank is ahead of the others in reporting, so that an error that all ranks have in common
#: is shown once.
_HEAD_START = 0.5
#: How long what was printed is given to come to mpiexec, which drops the rest when it is told to abort:
#: for it to be read, at most, and from then on.
_READING, _DELIVERY = 5.0, 0.3
_POLL = 0.01
#: How long MPI may take to abort, which may ask hosts that are gone.
_ABORTION = 10.0


def end_all(comm: Any, error: BaseException) -> None:
    """Say what went wrong, abort MPI and end this process. This does not return.

    Args:
        comm: A communicator of mpi4py.
        error: What went wrong in this rank.
    """
    if comm.rank > 0:
        time.sleep(_HEAD_START)
    try:
        _report(comm, error)
    finally:  # whatever becomes of the report: standard error may be closed
        _end(comm, exit_code_of(error))


def _report(comm: Any, error: BaseException) -> None:
    if not isinstance(error, EXPECTED):
        traceback.print_exception(error)
    where = f'rank {comm.rank} of {comm.size} on {socket.gethostname()}'
    print(f'error: {where}: {describe(error)}', file=sys.stderr)
    streams = [stream for stream in (sys.stdout, sys.stderr) if stream is not None]
    for stream in streams:
        stream.flush()
    end = time.monotonic() + _READING
    while any(map(_is_unread, streams)) and time.monotonic() < end:
        time.sleep(_POLL)
    time.sleep(_DELIVERY)


def _is_unread(stream: TextIO) -> bool:
    """Tell whether a pipe still holds something of what was written to it, as far as the system says."""
    if fcntl is None:
        return False
    try:
        waiting = bytearray(4)
        fcntl.ioctl(stream.fileno(), termios.FIONREAD, waiting)
    except (OSError, ValueError):  # not of a kind that tells
        return False
    return any(waiting) and stat.S_ISFIFO(os.fstat(stream.fileno()).st_mode)


def _end(comm: Any, code: int) -> None:
    # Ends the process even if MPI never returns and keeps all threads of Python from running.
    with open(os.devnull, 'w') as nowhere:
        faulthandler.dump_traceback_later(_ABORTION, exit=True, file=nowhere)
        comm.Abort(code)
        os._exit(code)  # some MPI libraries return, and let mpiexec do the killing
