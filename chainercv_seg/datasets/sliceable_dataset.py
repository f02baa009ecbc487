"""Data sets that can be sliced by index and by key, without reading what is not asked for."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from numbers import Integral
from typing import Any

import numpy as np

Keys = str | int | Sequence[str | int]


class SliceableDataset(ABC):
    """A data set whose samples have named parts.

    It indexes like Chainer's ``DatasetMixin``: an integer gives a sample; a slice, a list or an array
    of integers or booleans gives a list of samples. ``dataset.slice[indices]`` and
    ``dataset.slice[indices, keys]`` give a view that reads nothing until it is indexed itself.
    """

    @abstractmethod
    def __len__(self) -> int: ...

    @property
    @abstractmethod
    def keys(self) -> str | tuple[str, ...]:
        """Names of a sample's parts; a bare string where a sample is the part itself."""

    @abstractmethod
    def get_example_by_keys(self, index: int, key_indices: Sequence[int]) -> tuple[Any, ...]:
        """Read parts of one sample.

        Args:
            index: Number of the sample, in ``range(len(self))``.
            key_indices: Numbers of the parts, in the order of ``keys``.

        Returns:
            The parts, in the order asked for.
        """

    def sample_name(self, index: int) -> str:
        """What to call a sample in a message: its file, where it has one."""
        return f'sample {index}'

    def sample_files(self, index: int) -> tuple[str, ...]:
        """All files that a sample is read from, the image first; none where it has none."""
        return ()

    def get_example(self, index: int) -> Any:
        """Read one sample.

        Args:
            index: Number of the sample; negative numbers count from the end.

        Returns:
            A tuple of the parts named by ``keys``, or the part itself where ``keys`` is a string.

        Raises:
            IndexError: There is no such sample.
        """
        keys = self.keys
        key_indices = range(1 if isinstance(keys, str) else len(keys))
        example = self.get_example_by_keys(_position(index, len(self)), tuple(key_indices))
        return example[0] if isinstance(keys, str) else example

    @property
    def slice(self) -> 'Slicer':
        """Views of the data set: ``dataset.slice[indices]``, ``dataset.slice[indices, keys]``."""
        return Slicer(self)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, Integral):
            return self.get_example(int(index))
        return [self.get_example(i) for i in _positions(index, len(self))]

    def __iter__(self) -> Iterator[Any]:
        return (self.get_example(i) for i in range(len(self)))


class Slicer:
    """Makes the views of a data set."""

    def __init__(self, dataset: SliceableDataset) -> None:
        self._dataset = dataset

    def __getitem__(self, index: Any) -> 'SlicedDataset':
        indices, keys = index if isinstance(index, tuple) else (index, self._dataset.keys)
        return SlicedDataset(self._dataset, indices, keys)


class SlicedDataset(SliceableDataset):
    """A view of some samples, and some parts of them, of another data set.

    Args:
        dataset: The data set behind the view.
        indices: A slice, or a list or an array of integers or booleans.
        keys: Names or numbers of parts; a single one makes the part itself the sample.

    Raises:
        IndexError: An index or the number of a key is out of range.
        KeyError: There is no such key.
        ValueError: Booleans, and not one a sample.
    """

    def __init__(self, dataset: SliceableDataset, indices: Any, keys: Keys) -> None:
        self._dataset = dataset
        self._positions = _positions(indices, len(dataset))
        single = isinstance(keys, str | Integral)
        self._key_positions = key_positions(keys, dataset.keys)
        names = _names(dataset.keys)
        chosen = tuple(names[i] for i in self._key_positions)
        self._keys: str | tuple[str, ...] = chosen[0] if single else chosen

    def __len__(self) -> int:
        return len(self._positions)

    @property
    def keys(self) -> str | tuple[str, ...]:
        """Names of the parts in this view."""
        return self._keys

    def get_example_by_keys(self, index: int, key_indices: Sequence[int]) -> tuple[Any, ...]:
        """Read parts of one sample of the view; see :class:`SliceableDataset`."""
        return self._dataset.get_example_by_keys(
            self._positions[index], tuple(self._key_positions[i] for i in key_indices)
        )

    def sample_name(self, index: int) -> str:
        """What the data set behind the view calls the sample."""
        return self._dataset.sample_name(self._positions[index])

    def sample_files(self, index: int) -> tuple[str, ...]:
        """The files of the sample in the data set behind the view."""
        return self._dataset.sample_files(self._positions[index])


def key_positions(keys: Any, names: str | tuple[str, ...]) -> tuple[int, ...]:
    """Numbers of the parts that ``keys`` names.

    Args:
        keys: Names or numbers (negative ones count from the end), one of them, or one boolean a name.
        names: The parts there are.

    Returns:
        A number for each key, in ``range(len(names))``.

    Raises:
        IndexError: A number is out of range.
        KeyError: There is no such name.
        ValueError: Booleans, and not one a name.
    """
    names = _names(names)
    keys = (keys,) if isinstance(keys, str | Integral) else tuple(keys)
    if keys and all(isinstance(key, bool | np.bool_) for key in keys):
        return tuple(_positions(keys, len(names)))
    return tuple(
        _position(int(key), len(names)) if isinstance(key, Integral) else _find(key, names)
        for key in keys
    )


def _find(key: str, names: tuple[str, ...]) -> int:
    if key not in names:
        raise KeyError(f'{key!r} is not a key of the data set, whose keys are {names}')
    return names.index(key)


def _names(keys: str | tuple[str, ...]) -> tuple[str, ...]:
    return (keys,) if isinstance(keys, str) else keys


def _position(index: int, length: int) -> int:
    if not -length <= index < length:
        raise IndexError(f'index {index} is out of range for {length} samples or keys')
    return index % length


def _positions(indices: Any, length: int) -> Sequence[int]:
    if isinstance(indices, slice):
        return range(length)[indices]
    array = np.asarray(indices)
    if array.size == 0:
        return ()
    if array.ndim != 1 or array.dtype.kind not in 'biu':
        raise IndexError(f'expected a slice, integers or booleans, not {indices!r}')
    if array.dtype == bool:
        if len(array) != length:
            raise ValueError(f'{len(array)} booleans cannot choose among {length}')
        return tuple(np.flatnonzero(array).tolist())
    return tuple(_position(i, length) for i in array.tolist())
