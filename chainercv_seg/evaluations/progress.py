"""How far an evaluation is, on standard error: a bar, or a line now and then for several ranks."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from chainercv_seg.utils.terminals import is_watched

#: The least time between two messages of a rank.
MESSAGE_SECONDS = 1.0
#: The least time between two lines.
LINE_SECONDS = 10.0
#: How long the first rank sleeps between two looks for messages when it has nothing else to do.
_LISTEN_SECONDS = 0.05
_TAG = 7781


@contextmanager
def show_progress(
    total: int, *, done: int = 0, comm: Any = None
) -> Iterator[Callable[[int], None]]:
    """Show the progress of an evaluation while it runs.

    Args:
        total: Number of images.
        done: How many of them, in this rank's share, earlier runs have done.
        comm: ChainerMN's communicator, or None for one process.

    Yields:
        A function to be called with the number of images that were done since it was called last.
    """
    if comm is not None and comm.size > 1:
        progress = _RankProgress(total, done, comm)
        yield progress.update
        progress.finish()
        return
    from tqdm import tqdm  # here, since the metrics alone must load fast

    with tqdm(total=total, initial=done, unit='image', disable=not is_watched()) as bar:
        yield bar.update


class _RankProgress:
    """The progress of all ranks, shown by the first.

    Lines, since under mpiexec standard error is a pipe, whether or not there is a terminal at its end.
    The other ranks send how many images they have done: a few bytes, without waiting for them to arrive.
    The first looks for messages when it has done a batch, and when it has done them all it listens until
    the others have too, so that no message is left over.
    """

    def __init__(self, total: int, done: int, comm: Any) -> None:
        self._total, self._comm = total, comm
        self._done = [0] * comm.size
        self._done[comm.rank] = done
        self._finished: set[int] = set()
        self._request: Any = None
        self._start = self._last = time.monotonic()

    def update(self, count: int) -> None:
        self._done[self._comm.rank] += count
        if self._comm.rank == 0:
            self._receive()
            self._show_if_due()
        elif time.monotonic() - self._last >= MESSAGE_SECONDS and self._has_arrived():
            self._last = time.monotonic()
            self._request = self._comm.mpi_comm.isend(self._message(False), dest=0, tag=_TAG)

    def finish(self) -> None:
        if self._comm.rank != 0:
            if self._request is not None:
                self._request.wait()
            self._comm.mpi_comm.send(self._message(True), dest=0, tag=_TAG)
            return
        self._receive()
        while len(self._finished) < self._comm.size - 1:
            time.sleep(_LISTEN_SECONDS)
            self._receive()
            self._show_if_due()
        self._show()

    def _message(self, finished: bool) -> tuple[int, bool]:
        return self._done[self._comm.rank], finished

    def _has_arrived(self) -> bool:
        return self._request is None or self._request.test()[0]

    def _receive(self) -> None:
        for rank in range(1, self._comm.size):
            while self._comm.mpi_comm.iprobe(source=rank, tag=_TAG):
                self._done[rank], finished = self._comm.mpi_comm.recv(source=rank, tag=_TAG)
                if finished:
                    self._finished.add(rank)

    def _show_if_due(self) -> None:
        if time.monotonic() - self._last >= LINE_SECONDS:
            self._last = time.monotonic()
            self._show()

    def _show(self) -> None:
        seconds = time.monotonic() - self._start
        print(
            f'{sum(self._done)} of {self._total} images by {self._comm.size} ranks '
            f'after {seconds:.0f} s',
            file=sys.stderr,
            flush=True,
        )
