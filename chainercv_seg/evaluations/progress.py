"""How far an evaluation is, on standard error: a bar, or a line now and then."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from chainercv_seg.utils import progress as shown
from chainercv_seg.utils.progress import LINE_SECONDS, ProgressLines
from chainercv_seg.utils.rank_watch import RankWatch, watched


class Progress(Protocol):
    """Called with the number of images that were done since it was called last, and the last of them."""

    def __call__(self, count: int, image: str | None = None) -> None:
        """Take note of them."""


@contextmanager
def show_progress(total: int, *, done: int = 0, comm: Any = None) -> Iterator[Progress]:
    """Show the progress of an evaluation while it runs.

    Several ranks leave together, and meanwhile watch one another: an image may take no longer than the
    timeout of :func:`~chainercv_seg.utils.rank_watch.watched`.

    Args:
        total: Number of images.
        done: How many of them, in this rank's share, earlier runs have done.
        comm: ChainerMN's communicator, or None for one process.

    Yields:
        A function to be called when images are done.
    """
    if comm is not None and comm.size > 1:
        with watched(comm.mpi_comm) as watch:
            progress = _RankProgress(total, done, comm, watch)
            try:
                yield progress.update
            finally:
                progress.end()
            progress.finish()
        return
    with shown.show_progress(total, done=done, unit='images', seconds=LINE_SECONDS) as update:
        yield lambda count, image=None: update(count)


class _RankProgress:
    """The progress of all ranks, shown by the first, which hears of it once a second.

    Lines, since under mpiexec standard error is a pipe, whether or not there is a terminal at its end.
    """

    def __init__(self, total: int, done: int, comm: Any, watch: RankWatch) -> None:
        self._total, self._done, self._comm, self._watch = total, done, comm, watch
        self._all = done
        self._lines = ProgressLines(self._describe, seconds=LINE_SECONDS)
        self._lock = threading.Lock()
        watch.work(done)
        if comm.rank == 0:
            watch.on_look = self._show_if_due

    def update(self, count: int, image: str | None = None) -> None:
        self._done += count
        self._watch.work(self._done, image)
        if self._comm.rank == 0:
            self._show_if_due()

    def end(self) -> None:
        self._watch.rest()

    def finish(self) -> None:
        done = self._comm.gather_obj(self._done)
        if self._comm.rank == 0:
            with self._lock:
                self._watch.on_look = _nothing
                self._all = sum(done)
                self._lines.show()

    def _show_if_due(self) -> None:
        with self._lock:  # both the watch and the evaluation call this
            self._all = sum(self._watch.done)
            self._lines.show_if_due()

    def _describe(self) -> str:
        return f'{self._all} of {self._total} images by {self._comm.size} ranks'


def _nothing() -> None:
    """Nothing to show any more."""
