"""One rank's failure as the end of all."""

import os
import socket
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chainercv_seg.utils.failures import EXPECTED, describe, exit_code_of

#: What the first rank is ahead of the others in reporting, so that an error that all ranks have in common
#: is shown once.
_HEAD_START = 0.5
#: How long what was printed may take to mpiexec, which drops the rest when it is told to abort.
_DELIVERY = 0.3


@contextmanager
def abort_on_failure(comm: Any) -> Iterator[None]:
    """End all ranks when the block raises in one of them.

    Otherwise they would wait forever for the one that is gone. The error is printed with the rank and, for
    what :func:`~chainercv_seg.evaluations.evaluate` raises, the image. Then MPI is aborted: this does not
    return, and mpiexec ends with a code other than 0.

    Args:
        comm: A communicator of mpi4py.

    Example:
        >>> comm = chainermn.create_communicator('naive')
        >>> with abort_on_failure(comm.mpi_comm):
        ...     result = evaluate(link, dataset, label_names=names, comm=comm)
    """
    try:
        yield
    except BaseException as error:
        if comm.rank > 0:
            time.sleep(_HEAD_START)
        if not isinstance(error, EXPECTED):
            traceback.print_exception(error)
        where = f'rank {comm.rank} of {comm.size} on {socket.gethostname()}'
        print(f'error: {where}: {describe(error)}', file=sys.stderr)
        sys.stdout.flush()
        sys.stderr.flush()
        time.sleep(_DELIVERY)
        code = exit_code_of(error)
        comm.Abort(code)
        os._exit(code)  # some MPI libraries return, and let mpiexec do the killing
