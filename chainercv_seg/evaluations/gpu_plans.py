"""Which plans compute the convolutions of a network on a GPU: the same in all ranks, and known to journals.

A network says by its ``plans``, a table, what it computes by: see
:class:`~chainercv_seg.engines.cuda.plan_table.PlanTable`. With the same table and kind of GPU the counts are
the same to the last pixel.
"""

import copy
from collections.abc import Callable
from typing import Any


def gpu_terms(link: Any, *, mixed: bool) -> dict[str, str]:
    """Describe the GPU of a rank, for :func:`~chainercv_seg.evaluations.agreement.require_agreement`.

    Args:
        link: The network.
        mixed: Whether ranks may have GPUs of different kinds.

    Returns:
        The kind of GPU and its libraries; nothing where that may differ, or there is none.
    """
    table = getattr(link, 'plans', None)
    if table is None or mixed:
        return {}
    return {'GPU and its libraries (--mixed-gpus allows several)': table.kind}


def plan_identity(link: Any, *, mixed: bool) -> dict[str, str]:
    """Describe by what a network computes, for the identity of an evaluation.

    Args:
        link: The network.
        mixed: Whether its images may be predicted on GPUs of different kinds.

    Returns:
        A hash and the kind of GPU under ``'plans'``; nothing for a network on the CPU, or of Chainer's own
        arithmetic.
    """
    table = getattr(link, 'plans', None)
    if table is None:
        return {}
    return {'plans': 'of any GPU' if mixed else f'{table.sha256[:16]} of {table.kind}'}


def share_plans(comm: Any, link: Any, warm_up: Callable[[], object] | None = None) -> None:
    """Let all ranks compute by the plans of the first one.

    Ranks that have one table on a disk that they share go on to write to it, one at a time. Otherwise the
    first one's goes to all, and what it does not hold is computed by what cuDNN names first.

    Args:
        comm: A communicator of mpi4py. All its ranks call this. Ranks with other kinds of GPU keep theirs.
        link: The network.
        warm_up: Called in the first rank before it hands out its table, to fill it.
    """
    table = getattr(link, 'plans', None)
    everyone = comm.allgather(None if table is None else (table.kind, table.token))
    if table is None or len(set(everyone)) == 1:
        return
    if comm.rank == 0:
        if warm_up is not None:
            warm_up()
        table.closed = True
    first = comm.bcast(copy.copy(table), root=0)
    if comm.rank != 0 and first is not None and first.kind == table.kind:
        table.take_over(first)
        link.close()  # what it has prepared so far is of its own plans
