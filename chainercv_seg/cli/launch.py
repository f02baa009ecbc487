"""The start of a rank: whether mpiexec and the MPI library go together, and whether all ranks come.

Imports nothing that computes until all is lost: what does reads its number of threads when it is loaded.
"""

import os
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

#: How many ranks a launcher says that it has started: SLURM's srun; MPICH's mpiexec, and srun with PMI;
#: Open MPI's; MPICH's, on this host. SLURM_NTASKS is not among them: any process in an allocation has it.
_SIZES = ('SLURM_STEP_NUM_TASKS', 'PMI_SIZE', 'OMPI_COMM_WORLD_SIZE', 'MPI_LOCALNRANKS')


def lone_rank(size: int, environ: Mapping[str, str], library: str) -> str | None:
    """Tell whether this process was started as one of several ranks, and knows of itself alone.

    Args:
        size: Number of ranks that it knows of.
        environ: The environment.
        library: What the MPI library says of its version.

    Returns:
        What is wrong and what to do, or None where nothing is.
    """
    if size > 1:
        return None
    for name in _SIZES:
        text = environ.get(name, '')
        if text.isdecimal() and int(text) > 1:
            return (
                f'{name} says that {text} ranks were started, but each is alone: what started them does '
                f'not go with the MPI library here, {_title(library)}, and each would do all of the work. '
                f'Start them with {_launchers(library)}'
            )
    return None


@contextmanager
def all_here(world: Any, seconds: float) -> Iterator[None]:
    """End all ranks if the block, in which they meet for the first time, takes too long.

    Args:
        world: mpi4py's communicator of all ranks.
        seconds: How long it may take.
    """
    timer = threading.Timer(seconds, _give_up, (world, seconds))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _give_up(world: Any, seconds: float) -> None:
    from chainercv_seg.utils.end_all import end_all
    from chainercv_seg.utils.errors import RankError

    end_all(
        world,
        RankError(
            f'not all ranks have come to the start within {seconds:g} s: one has stopped or ended, its host '
            'or the network is gone, or it runs another program'
        ),
    )


def _title(library: str) -> str:
    """The first line, without what is only for its maintainers."""
    first = library.strip().splitlines()[0] if library.strip() else 'unknown'
    return ' '.join(first.split(',')[0].replace('Version:', '').split())


def _launchers(library: str) -> str:
    if 'Open MPI' in library:
        return "Open MPI's own mpiexec or, under SLURM, srun --mpi=pmix"
    wheel = os.path.join(os.path.dirname(sys.executable), 'mpiexec')
    found = f', {wheel},' if 'MPICH' in library and os.path.exists(wheel) else ''
    return f'the mpiexec that belongs to it{found} or, under SLURM, with srun --mpi=pmi2'
