"""Threads inside an image: work divided among a pool of them."""

import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import ContextVar
from functools import cache
from threading import Lock, main_thread
from typing import TypeVar

from chainercv_seg.engines.cpu.blas_threads import one_blas_thread, thread_count
from chainercv_seg.utils.starting_threads import starting_threads

_Result = TypeVar('_Result')

# Whether this is one of the threads that share work.
_shares: ContextVar[bool] = ContextVar('_shares', default=False)


@cache
def _pool(size: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(size, thread_name_prefix='chainercv_seg')


def forget_pools() -> None:
    """Make new pools: the threads of those there are are not in a child that was forked."""
    _pool.cache_clear()


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

    Raises:
        DeviceError: The threads cannot be started.
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
        parts = list(itertools.pairwise(bounds))
        others = _submit(_pool(threads - 1), undivided, parts[1:])
        try:
            first = undivided(*parts[0])
            rest = [undivided(*part) for part in parts[1 + len(others) :]]
        finally:
            wait(others)
        return [first, *(other.result() for other in others), *rest]


def _submit(
    pool: ThreadPoolExecutor, work: Callable[[int, int], _Result], parts: list[tuple[int, int]]
) -> list[Future[_Result]]:
    """Give parts to a pool, as far as it takes them: none from when the main thread has ended."""
    futures: list[Future[_Result]] = []
    try:
        with starting_threads():
            for start, stop in parts:
                futures.append(pool.submit(work, start, stop))
    except RuntimeError:
        if main_thread().is_alive():
            raise
    return futures


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
