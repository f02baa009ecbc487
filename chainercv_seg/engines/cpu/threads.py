"""Threads inside an image: one number for our kernels and for BLAS."""

import itertools
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from threading import Lock
from typing import Any, TypeVar

import numpy  # noqa: F401  (brings the BLAS whose threads are counted)

try:
    import threadpoolctl
except ImportError:
    threadpoolctl = None

_Result = TypeVar('_Result')

# The number in use while BLAS is held at one thread.
_held: ContextVar[int] = ContextVar('_held')
# Whether this is one of the threads that share work.
_shares: ContextVar[bool] = ContextVar('_shares', default=False)


@cache
def _controller() -> Any:
    """The BLAS libraries of this process; looked up once, since that takes milliseconds."""
    return threadpoolctl.ThreadpoolController().select(user_api='blas')


@cache
def _pool(size: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(size, thread_name_prefix='chainercv_seg')


def thread_count() -> int:
    """Return the number of threads to use.

    It is BLAS's own number, which obeys ``OMP_NUM_THREADS`` and its kin at start and
    ``threadpoolctl.threadpool_limits`` later, and never more than the cores that this process may
    use. Without threadpoolctl it is ``OMP_NUM_THREADS``, or 1.
    """
    held = _held.get(0)
    if held:
        return held
    cores = len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count()
    if threadpoolctl is None:
        wanted = os.environ.get('OMP_NUM_THREADS', '1')
        return max(1, min(int(wanted) if wanted.isdecimal() else 1, cores or 1))
    numbers = [library['num_threads'] for library in _controller().info()]
    return max(1, min(max(numbers, default=1), cores or 1))


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Hold BLAS at one thread, so that only `parallel` divides work. May be nested."""
    if _held.get(0) or threadpoolctl is None:
        yield
        return
    token = _held.set(thread_count())
    try:
        with _controller().limit(limits=1):
            yield
    finally:
        _held.reset(token)


def cut(start: int, stop: int, most: int) -> Iterator[tuple[int, int]]:
    """Cut the numbers from ``start`` to ``stop`` into as few pieces of at most ``most`` as will do.

    Yields:
        First number and one past the last of each piece; their lengths differ by one at most.
    """
    pieces = -(-(stop - start) // max(1, most))
    bounds = [start + (stop - start) * i // max(1, pieces) for i in range(pieces + 1)]
    yield from itertools.pairwise(bounds)


def parallel(work: Callable[[int, int], _Result], count: int, *, piece: int = 1) -> list[_Result]:
    """Divide the numbers from 0 to ``count`` among `thread_count` threads.

    What ``work`` itself divides stays in its thread.

    Args:
        work: Called as ``work(start, stop)``, once a thread; lets go of the interpreter's lock
            (compiled kernels and NumPy's matmul do).
        count: How many pieces of work there are.
        piece: What ``work`` goes through at a time: each start is a multiple of it.

    Returns:
        What the calls returned, in the order of the numbers: sums of them do not depend on which
        thread was first.
    """

    def undivided(start: int, stop: int) -> _Result:
        token = _shares.set(True)
        try:
            return work(start, stop)
        finally:
            _shares.reset(token)

    if _shares.get():
        return [work(0, count)]
    with one_blas_thread():
        pieces = -(-count // piece)
        threads = max(1, min(thread_count(), pieces))
        if threads == 1:
            return [work(0, count)]
        bounds = [min(count, pieces * i // threads * piece) for i in range(threads + 1)]
        pool = _pool(threads - 1)
        others = [pool.submit(undivided, bounds[i], bounds[i + 1]) for i in range(1, threads)]
        try:
            first = undivided(0, bounds[1])
        finally:
            wait(others)
        return [first, *(other.result() for other in others)]


def share(work: Callable[[int, int], None], count: int, *, piece: int = 1) -> None:
    """Let threads take ever smaller parts of the numbers from 0 to ``count``, until none is left.

    What is divided once and for all takes as long as its slowest thread, and cores are rarely equally
    fast.

    Args:
        work: Called as ``work(start, stop)``, several times a thread; else as for `parallel`.
        count: How many numbers there are.
        piece: Each start is a multiple of it.
    """
    with one_blas_thread():
        threads, lock = (1 if _shares.get() else thread_count()), Lock()

        def parts() -> Iterator[tuple[int, int]]:
            start = 0
            while start < count:
                pieces = -(-(count - start) // piece)
                stop = min(count, start + piece * -(-pieces // (2 * threads)))
                yield start, stop
                start = stop

        remaining = parts()

        def take(*_: int) -> None:
            while True:
                with lock:
                    part = next(remaining, None)
                if part is None:
                    return
                work(*part)

        if threads == 1:
            work(0, count)
        else:
            parallel(take, threads)
