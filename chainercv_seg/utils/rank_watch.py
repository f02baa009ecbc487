"""Ranks that hear of one another once a second, so that none waits for ever for one that is gone."""

import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from chainercv_seg.utils.end_all import end_all
from chainercv_seg.utils.errors import RankError

#: The least time between two messages of a rank.
MESSAGE_SECONDS = 1.0
#: For how long a rank may not be heard of, unless the caller says otherwise: longer than the slowest image.
RANK_TIMEOUT = 600.0
#: How much longer the first image of a rank may take, for which kernels are compiled.
_FIRST_IMAGE = 300.0
#: The most that one look at the clock counts. What is beyond was spent stopped, as a whole job may be.
_LONGEST_STEP = 5.0
#: Time between two looks at the end, when there is nothing else to do.
_POLL_SECONDS = 0.02
_TAG = 7781

_active: dict[int, 'RankWatch'] = {}


@contextmanager
def watched(comm: Any, timeout: float = RANK_TIMEOUT) -> Iterator['RankWatch']:
    """Let the ranks watch one another in the block.

    A thread of each rank other than the first sends the first a message of a few bytes, at most one a
    second, and waits for it to be received: so each knows of the first too. A rank that is not heard of, or
    is at one image, for ``timeout`` seconds ends all: the error, with its number, its host and its last
    image, is printed, and MPI is aborted. No exception could do that, since a rank that waits in MPI cannot
    be interrupted. A block within a block on the same communicator goes on with the watch that there is.

    Args:
        comm: A communicator of mpi4py. All its ranks enter and leave the block; they leave together.
        timeout: In seconds.

    Yields:
        The watch.
    """
    if id(comm) in _active:
        yield _active[id(comm)]
        return
    watch = _active[id(comm)] = RankWatch(comm, timeout)
    try:
        watch.start()
        yield watch
        watch.part()
    finally:
        watch.stop()
        del _active[id(comm)]


class RankWatch:
    """What the ranks know of one another; see :func:`watched`.

    Args:
        comm: A communicator of mpi4py.
        timeout: For how many seconds a rank may not be heard of.

    Attributes:
        hosts: The host of each rank.
        done: How many images each rank has done, as far as this one has heard.
        on_look: Called in the watching thread about once a second.
    """

    def __init__(self, comm: Any, timeout: float) -> None:
        self.hosts = ['an unknown host'] * comm.size
        self.done = [0] * comm.size
        self.on_look: Callable[[], None] = lambda: None
        self._comm, self._timeout = comm, timeout
        self._images: list[str | None] = [None] * comm.size
        self._clock, self._looked = 0.0, time.monotonic()
        self._heard = [0.0] * comm.size
        self._working: float | None = None  # when this rank ended its last image
        self._request: Any = None
        self._left = [rank == comm.rank for rank in range(comm.size)]
        self._stopping = self._parting = self._said_so = False
        self._news, self._told = threading.Event(), -MESSAGE_SECONDS
        self._thread = threading.Thread(target=self._run, name='rank_watch', daemon=True)

    def start(self) -> None:
        """Watch from now on. All ranks call this."""
        if self._comm.size == 1:
            self.hosts = [socket.gethostname()]
            return
        if _threads_may_call_mpi():
            self._thread.start()
        elif self._comm.rank == 0:
            print(
                'warning: this MPI library cannot be called from threads (MPI_THREAD_MULTIPLE): ranks that '
                'stop, and hosts that vanish, are not noticed',
                file=sys.stderr,
            )
        self.hosts = self._comm.allgather(socket.gethostname())

    def work(self, done: int, image: str | None = None) -> None:
        """Take note that this rank is at images: from here on each has to end within the timeout.

        Args:
            done: How many it has done.
            image: The last of them.
        """
        rank = self._comm.rank
        self.done[rank], self._images[rank] = done, image or self._images[rank]
        self._working = self._clock
        if rank > 0 and image and time.monotonic() - self._told >= MESSAGE_SECONDS:
            self._news.set()

    def rest(self) -> None:
        """Take note that this rank is at no image any more."""
        self._working = None

    def part(self) -> None:
        """Wait until all ranks have come here."""
        if self._thread.is_alive():
            self._comm.barrier()
            self._parting = True

    def stop(self) -> None:
        """Watch no more."""
        self._stopping = True
        self._news.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        try:
            while not self._stopping:
                self._news.wait(MESSAGE_SECONDS)
                self._news.clear()
                self._look()
                self.on_look()
            while self._parting and not self._has_parted():
                self._look()
                time.sleep(_POLL_SECONDS)
        except Exception as error:
            end_all(self._comm, error)

    def _look(self) -> None:
        now = time.monotonic()
        self._clock += min(now - self._looked, _LONGEST_STEP)
        self._looked = now
        if self._comm.rank == 0:
            self._receive()
        else:
            self._send()

    def _has_parted(self) -> bool:
        if self._comm.rank == 0:
            return all(self._left)
        return self._said_so and self._request.test()[0]

    def _send(self) -> None:
        """Tell the first rank, if it has received what it was told before."""
        if self._request is not None and not self._request.test()[0]:
            self._check(0, self._clock - self._heard[0])
            return
        if not self._said_so:
            self._heard[0] = self._clock
            self._said_so = self._parting
            rank = self._comm.rank
            if self._images[rank] is not None:
                self._told = time.monotonic()
            news = self.done[rank], self._images[rank], self._idle(), self._said_so
            self._request = self._comm.issend(news, dest=0, tag=_TAG)

    def _receive(self) -> None:
        self._check_work(0, self._idle())
        for rank in range(1, self._comm.size):
            while self._comm.iprobe(source=rank, tag=_TAG):
                news = self._comm.recv(source=rank, tag=_TAG)
                self.done[rank], self._images[rank], idle, self._left[rank] = news
                self._heard[rank] = self._clock
                self._check_work(rank, idle)
            if not self._left[rank]:
                self._check(rank, self._clock - self._heard[rank])

    def _idle(self) -> float:
        """For how many seconds this rank has been at one image."""
        working = self._working
        return 0.0 if working is None else self._clock - working

    def _check(self, rank: int, silence: float) -> None:
        if silence > self._timeout:
            raise RankError(
                f'{self._of(rank)} has not been heard of for {self._timeout:g} s: it has stopped or ended, '
                f'its host or the network is gone, or it runs another version{self._last_image(rank)}'
            )

    def _check_work(self, rank: int, idle: float) -> None:
        limit = self._timeout + (_FIRST_IMAGE if self._images[rank] is None else 0)
        if idle > limit:
            raise RankError(
                f'{self._of(rank)} has been at one image for {limit:g} s{self._last_image(rank)}. '
                'If its images take as long, raise --rank-timeout'
            )

    def _of(self, rank: int) -> str:
        return f'rank {rank} on {self.hosts[rank]}'

    def _last_image(self, rank: int) -> str:
        if self._comm.rank not in (0, rank):
            return ''  # the first rank alone is told
        image = self._images[rank]
        return '. It has told of no image' if image is None else f'. Its last image was {image}'


def _threads_may_call_mpi() -> bool:
    mpi = sys.modules.get('mpi4py.MPI')  # missing where the communicator is another's
    return mpi is None or not mpi.Is_initialized() or mpi.Query_thread() >= mpi.THREAD_MULTIPLE
