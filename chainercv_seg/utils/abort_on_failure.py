"""One rank's failure as the end of all."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from chainercv_seg.utils.end_all import end_all
from chainercv_seg.utils.rank_watch import watched


@contextmanager
def abort_on_failure(comm: Any, *, rank_timeout: float | None = None) -> Iterator[None]:
    """End all ranks when the block raises in one of them or, if asked for, one is gone.

    Otherwise they would wait forever for the one that is gone. The error is printed with the rank and, for
    what :func:`~chainercv_seg.evaluations.evaluate` raises, the image. Then MPI is aborted: this does not
    return, and mpiexec ends with a code other than 0.

    Args:
        comm: A communicator of mpi4py. All its ranks enter and leave the block.
        rank_timeout: For how many seconds a rank may not be heard of in the block; see
            :func:`~chainercv_seg.utils.rank_watch.watched`. None: ranks are watched by
            :func:`~chainercv_seg.evaluations.evaluate` alone, while it runs.

    Example:
        >>> comm = chainermn.create_communicator('naive')
        >>> with abort_on_failure(comm.mpi_comm):
        ...     result = evaluate(link, dataset, label_names=names, comm=comm)
    """
    try:
        with nullcontext() if rank_timeout is None else watched(comm, rank_timeout):
            yield
    except BaseException as error:
        end_all(comm, error)
