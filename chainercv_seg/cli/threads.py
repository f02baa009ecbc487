"""How many threads a rank computes with, so that the ranks of a host do not fight for its cores.

Imports nothing that computes: the libraries read their settings when they are loaded.
"""

import os
import sys
from collections.abc import Set
from typing import Any

#: OpenBLAS, MKL and OpenMP; Numba.
_VARIABLES = ('OMP_NUM_THREADS', 'NUMBA_NUM_THREADS')


def threads_of_rank(cores: list[Set[int]], rank: int) -> int:
    """Divide the cores of a host among the ranks that may run on them.

    Args:
        cores: For each rank on the host the cores that it may run on. mpiexec may have bound each rank to
            cores of its own, or none of them.
        rank: Place of the rank in the list.

    Returns:
        Number of threads, at least 1.
    """
    rivals = sum(bool(cores[rank] & others) for others in cores)
    return max(1, len(cores[rank]) // rivals)


def share_cores(world: Any) -> None:
    """Let this rank compute with its share of the host's cores, unless ``OMP_NUM_THREADS`` says otherwise.

    Args:
        world: mpi4py's communicator of all ranks. All of them call this.
    """
    from mpi4py import MPI

    host = world.Split_type(MPI.COMM_TYPE_SHARED)
    cores = host.allgather(own_cores())
    host_rank = host.rank
    host.Free()
    if 'OMP_NUM_THREADS' in os.environ:
        return
    threads = threads_of_rank(cores, host_rank)
    for variable in _VARIABLES:
        os.environ.setdefault(variable, str(threads))
    if 'numpy' in sys.modules:  # it has read them
        try:
            import threadpoolctl
        except ImportError:
            return
        threadpoolctl.threadpool_limits(threads)


def own_cores() -> Set[int]:
    """Tell which cores this process may run on."""
    if hasattr(os, 'sched_getaffinity'):
        return os.sched_getaffinity(0)
    return set(range(os.cpu_count() or 1))  # macOS
