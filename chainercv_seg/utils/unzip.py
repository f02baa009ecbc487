"""An iterable of tuples as a tuple of iterators."""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any


def unzip(iterable: Iterable[tuple[Any, ...]]) -> tuple[Iterator[Any], ...]:
    """Turn an iterable of tuples into a tuple of iterators: the inverse of ``zip``.

    The first tuple is taken at once, the others as they are needed. What one of the iterators is ahead of
    another is kept until the other gets there, or is deleted: delete the ones that are not used.

    Args:
        iterable: Tuples of one length.

    Returns:
        As many iterators as a tuple has elements; none where there are no tuples.

    Raises:
        ValueError: (by an iterator) A tuple has another length than the first.
    """
    tuples = iter(iterable)
    first = next(tuples, ())
    buffers: list[deque[Any] | None] = [deque([value]) for value in first]
    return tuple(_Column(tuples, buffers, i) for i in range(len(buffers)))


class _Column:
    """One of the iterators. They share the source and the buffers; a deleted one leaves None in its place."""

    def __init__(
        self, tuples: Iterator[tuple[Any, ...]], buffers: list[deque[Any] | None], index: int
    ) -> None:
        self._tuples, self._buffers, self._index = tuples, buffers, index
        self._own: deque[Any] = buffers[index]  # type: ignore[assignment]  # None later on

    def __iter__(self) -> '_Column':
        return self

    def __next__(self) -> Any:
        if not self._own:
            for buffer, value in zip(self._buffers, next(self._tuples), strict=True):
                if buffer is not None:
                    buffer.append(value)
        return self._own.popleft()

    def __del__(self) -> None:
        self._buffers[self._index] = None
