"""How many threads there are, and BLAS held at one of them while our own kernels divide the work."""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy  # noqa: F401  (brings the BLAS whose threads are counted)

try:
    import threadpoolctl
except ImportError:
    threadpoolctl = None


@cache
def _libraries() -> list[Any]:
    """The BLAS libraries of this process; looked up once, since that takes milliseconds."""
    if threadpoolctl is None:
        return []
    return threadpoolctl.ThreadpoolController().select(user_api='blas').lib_controllers


def _of_a_thread(library: Any) -> bool:
    """Whether each thread has a number of its own: OpenBLAS that was built with OpenMP."""
    return library.internal_api == 'openblas' and library.threading_layer == 'openmp'


def _set(library: Any, number: int) -> None:
    """Set a number of threads from whichever thread this is."""
    # threadpoolctl heeds only one thread, until that one is cleared, and others not even with an error.
    clear = getattr(library, 'clear_controlling_thread', lambda force: None)
    clear(force=True)
    library.set_num_threads(number)
    clear(force=True)


class _Hold:
    """Libraries that are held at one thread: the first holder sets it, the last gives back what was."""

    def __init__(self, libraries: Sequence[Any]) -> None:
        self._libraries = libraries
        self._before: list[int] = []
        self.holders = 0

    def enter(self) -> None:
        """Count a holder."""
        if self.holders == 0:
            self._before = [library.num_threads for library in self._libraries]
            for library in self._libraries:
                _set(library, 1)
        self.holders += 1

    def leave(self, holders: int = 1) -> None:
        """Count off so many holders."""
        self.holders -= holders
        if holders and self.holders == 0:
            for library, number in zip(self._libraries, self._before, strict=True):
                _set(library, number)

    def numbers(self) -> list[int]:
        """The numbers of threads when nobody holds them."""
        if self.holders:
            return self._before
        return [library.num_threads for library in self._libraries]


class _ThreadHold(threading.local):
    """What this thread holds: all that it entered, and the libraries that are its own affair."""

    def __init__(self) -> None:
        self.hold = _Hold([library for library in _libraries() if _of_a_thread(library)])


@cache
def _process() -> _Hold:
    return _Hold([library for library in _libraries() if not _of_a_thread(library)])


@cache
def _thread() -> _ThreadHold:
    return _ThreadHold()


#: Of all who come and go.
LOCK = threading.RLock()


def forget_other_threads() -> None:
    """Let go what other threads hold, which are not in a child that was forked."""
    if _process.cache_info().currsize:
        _process().leave(_process().holders - _thread().hold.holders)


def thread_count() -> int:
    """Return the number of threads to use.

    It is BLAS's own number, which obeys ``OMP_NUM_THREADS`` and its kin at start and
    ``threadpoolctl.threadpool_limits`` later, and never more than the cores that this process may
    use. Without threadpoolctl it is ``OMP_NUM_THREADS``, or 1.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count()
    if threadpoolctl is None:
        wanted = os.environ.get('OMP_NUM_THREADS', '1')
        numbers = [int(wanted)] if wanted.isdecimal() else []
    else:
        with LOCK:
            numbers = _process().numbers() + _thread().hold.numbers()
    return max(1, min(max(numbers, default=1), cores or 1))


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Hold BLAS at one thread, so that only `parallel` divides work.

    May be nested, and in several threads at once: BLAS gets its threads back when the last has left.
    """
    with LOCK:
        _process().enter()
        _thread().hold.enter()
    try:
        yield
    finally:
        with LOCK:
            _thread().hold.leave()
            _process().leave()
