"""Reading samples in threads while the caller works on those before."""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

from chainercv_seg.utils.starting_threads import starting_threads

T = TypeVar('T')
Index = TypeVar('Index')


def read_ahead(
    read: Callable[[Index], T], indices: Iterable[Index], *, threads: int, ahead: int
) -> Generator[T, None, None]:
    """Read samples in order, some of them before they are asked for.

    Args:
        read: Reads one sample; called from several threads at once if there are several.
        indices: Which samples. They are asked for in the caller's thread, as they are needed.
        threads: How many are read at once.
        ahead: How many are read, or being read, before they are asked for. These are all that are
            held here.

    Yields:
        The samples, in the order of ``indices``. An exception of ``read``, or of ``indices``, comes in its
        sample's place.

    Raises:
        DeviceError: The threads cannot be started.
    """
    remaining = iter(indices)
    queue: deque[Future[T]] = deque()
    executor = ThreadPoolExecutor(threads, thread_name_prefix='read_ahead')

    def enqueue(count: int) -> None:
        try:
            for index in islice(remaining, count):
                with starting_threads():
                    queue.append(executor.submit(read, index))
        except Exception as error:  # its turn comes after the samples before it
            failed: Future[T] = Future()
            failed.set_exception(error)
            queue.append(failed)

    try:
        enqueue(ahead)
        while queue:
            sample = queue.popleft().result()
            enqueue(1)
            yield sample
            del sample  # the caller's alone by now
    finally:
        executor.shutdown(wait=True, cancel_futures=True)
