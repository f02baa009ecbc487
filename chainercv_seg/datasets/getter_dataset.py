"""A data set that is put together from functions that read parts of a sample."""

from collections.abc import Callable, Sequence
from typing import Any

from chainercv_seg.datasets.sliceable_dataset import SliceableDataset, key_positions


class GetterDataset(SliceableDataset):
    """A sliceable data set defined by getters, each called only when one of its parts is asked for.

    A subclass defines ``__len__`` and calls :meth:`add_getter` in its constructor. Assigning to
    ``keys`` chooses and orders the parts of a sample.

    Example:
        >>> class Squares(GetterDataset):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.add_getter('number', lambda i: i)
        ...         self.add_getter('square', lambda i: i * i)
        ...     def __len__(self):
        ...         return 10
        >>> Squares().slice[2:4, 'square'][:]
        [4, 9]
    """

    def __init__(self) -> None:
        # For each part: its name, its getter, and its place in what the getter returns (None: all).
        self._parts: list[tuple[str, Callable[[int], Any], int | None]] = []
        self._single = False

    @property
    def keys(self) -> str | tuple[str, ...]:
        """Names of a sample's parts; a bare string where a sample is the part itself."""
        names = tuple(name for name, _, _ in self._parts)
        return names[0] if self._single else names

    @keys.setter
    def keys(self, keys: Any) -> None:
        """Choose and order the parts, by name or number."""
        self._parts = [self._parts[i] for i in key_positions(keys, self.keys)]
        self._single = isinstance(keys, str | int)

    def add_getter(self, keys: str | Sequence[str], getter: Callable[[int], Any]) -> None:
        """Add parts to the samples.

        Args:
            keys: Name of the part, or names of the parts, that the getter returns.
            getter: Called with the number of a sample; returns the part, or a sequence of the parts
                if ``keys`` is a sequence. It is called once a sample, however many of its parts are
                asked for.
        """
        if isinstance(keys, str):
            self._parts.append((keys, getter, None))
        else:
            self._parts.extend((key, getter, place) for place, key in enumerate(keys))

    def get_example_by_keys(self, index: int, key_indices: Sequence[int]) -> tuple[Any, ...]:
        """Read parts of one sample; see :class:`SliceableDataset`."""
        parts = [self._parts[i] for i in key_indices]
        read = {getter: getter(index) for getter in dict.fromkeys(getter for _, getter, _ in parts)}
        return tuple(
            read[getter] if place is None else read[getter][place] for _, getter, place in parts
        )
