"""How the files of a benchmark hold label maps: classes to values and back."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

import numpy as np
from PIL import Image

from chainercv_seg.utils.arguments import check_array, positive_int
from chainercv_seg.utils.errors import DatasetError
from chainercv_seg.utils.output_files import replaced_file

#: PNG has up to 16 bits.
_LARGEST = 65535


@dataclass(frozen=True)
class LabelFormat:
    """The values that stand for classes in the label files of a benchmark.

    Attributes:
        values: The value of each class, in [0, 65535]; beyond 255 the files have 16 bits.
        void: The value of void pixels, or -1 where no value of files means void.
        other_void: Further values that mean void where files are read, in [0, 65535].
        palette: An RGB colour for each class, and last of void, if the files are indexed; else they
            are grey.

    Raises:
        ValueError: A value stands for two things, or files cannot hold it.
    """

    values: tuple[int, ...]
    void: int
    other_void: tuple[int, ...] = ()
    palette: tuple[tuple[int, int, int], ...] = ()

    def __post_init__(self) -> None:
        meanings = [*self.values, self.void, *self.other_void]
        if len(set(meanings)) < len(meanings):
            raise ValueError(
                f'{_some(self.values)} stand for classes, {_some([self.void, *self.other_void])} for '
                'void: no value may stand for two things'
            )
        impossible = [v for v in meanings if not (0 <= v <= _LARGEST or v == self.void == -1)]
        if impossible:
            raise ValueError(
                f'values must lie in [0, {_LARGEST}], which files can hold, or be -1 for void; found '
                f'{_some(impossible)}'
            )

    def encode(self, label: np.ndarray) -> np.ndarray:
        """Turn classes into the values of files.

        Args:
            label: ``(H, W)`` integers: classes, or -1 for void.

        Returns:
            ``(H, W)`` uint8, or uint16 where a value exceeds 255.

        Raises:
            ValueError: A label is neither a class nor -1, or -1 where there is no value for void.
        """
        check_array(label, '(H, W)', name='label')
        n_class = len(self.values)
        lowest = 0 if self.void == -1 else -1
        if label.size and not (label.min() >= lowest and label.max() < n_class):
            raise ValueError(
                f'labels must lie in [{lowest}, {n_class - 1}], -1 for void, but run from '
                f'{label.min()} to {label.max()}'
            )
        values = [*self.values, max(self.void, 0)]  # void is last: -1 counts from the end
        return np.array(values, dtype=np.uint8 if max(values) < 256 else np.uint16)[label]

    def decode(self, array: np.ndarray, *, name: str) -> np.ndarray:
        """Turn the values of files into classes.

        Args:
            array: ``(H, W)`` integers: the values of a file. -1 is void too.
            name: What to call the file in an error.

        Returns:
            ``(H, W)`` int32: classes, -1 for void.

        Raises:
            DatasetError: A value stands for no class and not for void.
        """
        unknown = -2
        limit = max(*self.values, self.void, *self.other_void) + 1
        table = np.full(limit + 2, unknown, dtype=np.int32)
        table[list(self.values)] = np.arange(len(self.values))
        table[[self.void, *self.other_void, -1]] = -1  # the last entry is that of -1
        indices = array
        if array.size and not (array.min() >= -1 and array.max() < limit):
            # NumPy would wrap around or raise an error of its own, here too if array were of few bits.
            indices = np.where((array >= -1) & (array < limit), array.astype(np.int64), limit)
        label = table[indices]
        if label.size and label.min() == unknown:
            raise DatasetError(
                f'{name} holds {_some(np.unique(array[label == unknown]))}, which stands for no '
                f'class. Expected {_some(self.values)} for the classes and '
                f'{_some([self.void, *self.other_void])} for void'
            )
        return label

    def write(self, label: np.ndarray, file: str | os.PathLike[str] | IO[bytes]) -> None:
        """Write a label map as a PNG, as the benchmark wants it.

        Args:
            label: ``(H, W)`` integers: classes, or -1 for void.
            file: A path, or a binary file object.

        Raises:
            ValueError: A label is neither a class nor -1.
            OutputError: The file cannot be written.
        """
        img = Image.fromarray(self.encode(label))
        if self.palette:
            colors = np.zeros((256, 3), dtype=np.uint8)
            colors[[*self.values, self.void]] = self.palette
            img.putpalette(colors.tobytes())
        if isinstance(file, str | os.PathLike):
            with replaced_file(file) as opened:
                img.save(opened, format='PNG')
        else:
            img.save(file, format='PNG')


def plain_label_format(n_class: int, *, void: int = 255) -> LabelFormat:
    """Make the format in which each class stands for itself.

    Raises:
        ValueError: ``n_class`` is no positive integer, or files cannot hold so many classes and void.
    """
    return LabelFormat(tuple(range(positive_int(n_class, name='n_class'))), void)


def own_label_format(
    n_class: int, *, void: int = 255, values: Sequence[int] | None = None
) -> LabelFormat:
    """Make the format of files of one's own.

    Args:
        n_class: Number of classes.
        void: The value of void pixels, or -1 where there is none.
        values: The value of each class; None: each class stands for itself.

    Raises:
        ValueError: There are not as many values as classes, or a value stands for two things.
    """
    if values is None:
        return plain_label_format(n_class, void=void)
    if len(values) != n_class:
        raise ValueError(f'expected a value for each of {n_class} classes, found {len(values)}')
    return LabelFormat(tuple(values), void)


def _some(values: Sequence[int] | np.ndarray) -> str:
    """Numbers for a message, runs of them as ranges, not more than a few."""
    runs: list[list[int]] = []
    for value in sorted(map(int, values)):
        if runs and runs[-1][1] + 1 == value:
            runs[-1][1] = value
        else:
            runs.append([value, value])
    shown = [str(low) if low == high else f'{low} to {high}' for low, high in runs[:8]]
    return ', '.join(shown) + (', ...' if len(runs) > 8 else '')
