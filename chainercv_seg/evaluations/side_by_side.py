"""How many threads read, predict and count in an evaluation, and what they have in common."""

import os
import socket
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, TypeVar

from chainercv_seg.evaluations.read_ahead import read_ahead

T = TypeVar('T')
U = TypeVar('U')

#: Samples that are read at once for a network on the CPU, whose cores are busy.
_READERS = 2
#: More than this no GPU waits for, and each holds an image.
_MOST_READERS = 32


@dataclass(frozen=True)
class Threads:
    """The threads of an evaluation.

    Attributes:
        readers: How many read samples.
        predictors: How many predict. 0: the caller's own does, and counts: with a network on the CPU all
            cores are busy with it anyway.
        counters: How many count, where others predict.
    """

    readers: int
    predictors: int = 0
    counters: int = 0


def choose_threads(link: Any, comm: Any = None) -> Threads:
    """Choose the numbers of threads.

    With a network on a GPU as many read as there are cores to spare, and prediction and counting
    have threads of their own: the GPU always has an image.

    Args:
        link: The network; one with a ``device`` on a GPU is known as such. Only one that says
            ``predicts_concurrently`` is given images by two threads, so that it prepares one while it
            computes another.
        comm: A ChainerMN communicator, or None. All its ranks call this.
    """
    everyone = [] if comm is None else comm.mpi_comm.allgather((socket.gethostname(), own_cores()))
    device = getattr(link, 'device', None)
    if not str(getattr(device, 'name', '')).startswith('@cupy'):
        return Threads(_READERS)
    here = [cores for host, cores in everyone if host == socket.gethostname()]
    spare = spare_cores(own_cores(), here)
    concurrently = getattr(link, 'predicts_concurrently', False)
    return Threads(min(spare, _MOST_READERS), predictors=1 + concurrently, counters=2)


def spare_cores(own: Collection[int], of_ranks: Iterable[Collection[int]] = ()) -> int:
    """Tell how many cores a rank has for reading: its part of those it may run on, but for one.

    Args:
        own: Its cores.
        of_ranks: Those of each rank on the host, itself included, if there are several.

    Returns:
        At least `_READERS`.
    """
    rivals = sum(not set(own).isdisjoint(cores) for cores in of_ranks) or 1
    return max(_READERS, len(own) // rivals - 1)


def own_cores() -> frozenset[int]:
    """Tell which cores this process may run on."""
    if hasattr(os, 'sched_getaffinity'):
        return frozenset(os.sched_getaffinity(0))
    return frozenset(range(os.cpu_count() or 1))  # macOS


def mapped(
    work: Callable[[T], U], items: Iterable[T], threads: int, stack: ExitStack
) -> Iterator[U]:
    """Apply a function to items, in order.

    Args:
        work: The function.
        items: What to apply it to; read as needed, in the caller's thread.
        threads: How many threads do so ahead of the caller; 0: it is done when the caller asks.
        stack: Ends the threads when it is closed.
    """
    if not threads:
        return map(work, items)
    results = read_ahead(configured(work), items, threads=threads, ahead=threads + 1)
    stack.callback(results.close)
    return results


def configured(work: Callable[[T], U]) -> Callable[[T], U]:
    """Let a function see, in any thread, what the caller's thread has set in Chainer's configuration."""
    chainer = sys.modules.get('chainer')
    if chainer is None:
        return work
    settings = dict(vars(chainer.config._local))

    def run(item: T) -> U:
        with ExitStack() as stack:
            for name, value in settings.items():
                stack.enter_context(chainer.using_config(name, value))
            return work(item)

    return run
