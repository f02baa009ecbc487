"""What keeps a forked child from waiting for threads that only its parent has."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from chainercv_seg.engines.cpu import blas_threads, threads
from chainercv_seg.engines.cpu.compiled import COMPILER_LOCK


class _Gate:
    """Threads that must not be copied in the middle of what they do, and forks that wait for them."""

    def __init__(self) -> None:
        self._changed = threading.Condition(threading.RLock())
        self._inside = 0
        self._forks = 0
        self._mine = threading.local()

    def _depth(self) -> int:
        return getattr(self._mine, 'depth', 0)

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Let no other thread fork in the block; who forks already, is waited for."""
        with self._changed:
            self._changed.wait_for(lambda: self._depth() > 0 or self._forks == 0)
            self._mine.depth = self._depth() + 1
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._mine.depth -= 1
                self._inside -= 1
                self._changed.notify_all()

    def close(self) -> None:
        """Let nobody in, and wait until nobody but this thread is inside."""
        self._changed.acquire()
        self._forks += 1
        self._changed.wait_for(lambda: self._inside == self._depth())

    def open(self) -> None:
        """Let threads in again."""
        self._forks -= 1
        self._changed.notify_all()
        self._changed.release()

    def open_in_child(self) -> None:
        """Do so where no other thread waits to fork."""
        self._forks = 1
        self.open()


_gate = _Gate()

#: Let no other thread fork in the block: OpenBLAS ends its threads when its process is forked, and
#: waits for ever, parent and child, where a product is being computed by them.
unforked = _gate.inside


def _before() -> None:
    _gate.close()  # first: who is inside may need the locks
    COMPILER_LOCK.acquire()
    blas_threads.LOCK.acquire()


def _after() -> None:
    blas_threads.LOCK.release()
    COMPILER_LOCK.release()
    _gate.open()


def _in_child() -> None:
    threads.forget_pools()
    blas_threads.forget_other_threads()
    blas_threads.LOCK.release()
    COMPILER_LOCK.release()
    _gate.open_in_child()


if hasattr(os, 'register_at_fork'):
    os.register_at_fork(before=_before, after_in_parent=_after, after_in_child=_in_child)
