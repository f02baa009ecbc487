"""The counts of each image, kept while an evaluation runs and after it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from chainercv_seg.evaluations.class_sums import ClassSums
from chainercv_seg.evaluations.confusion_matrix import ConfusionMatrix
from chainercv_seg.evaluations.journal_entries import Entry
from chainercv_seg.evaluations.measures import Measure
from chainercv_seg.evaluations.measures.sums import measure_row


@dataclass(frozen=True)
class PerImageCounts:
    """The counts of each image, those that are not zero.

    Attributes:
        names: What the images are called, in the order of the data set.
        label_names: What the classes are called.
        sizes: ``(n, 2)`` int64; height and width of each image, 0 where they are not known.
        offsets: ``(n + 1,)`` int64; the cells of image ``i`` are those from ``offsets[i]`` to
            ``offsets[i + 1]``.
        true: ``(n_cell,)`` int16; the true class of a cell.
        predicted: ``(n_cell,)`` int16; its predicted class, -1 for void.
        pixels: ``(n_cell,)`` int64; its pixels.
        groups: The group of each image, or none at all.
        unit: A word for groups: ``'cities'``.
        tallies: What measures counted in each image, ``(n, tally_size)`` int64 by the name of a measure.
    """

    names: tuple[str, ...]
    label_names: tuple[str, ...]
    sizes: np.ndarray
    offsets: np.ndarray
    true: np.ndarray
    predicted: np.ndarray
    pixels: np.ndarray
    groups: tuple[str, ...] = ()
    unit: str = 'groups'
    tallies: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.names)

    @property
    def n_class(self) -> int:
        """Number of classes."""
        return len(self.label_names)

    def counts(self, index: int) -> ConfusionMatrix:
        """The confusion matrix of an image."""
        return self._matrix(slice(self.offsets[index], self.offsets[index + 1]))

    def total(self) -> ConfusionMatrix:
        """The confusion matrix of all images."""
        return self._matrix(slice(None))

    def sums(self) -> ClassSums:
        """What scores need of the counts, a row for each image."""
        image = np.repeat(np.arange(len(self)), np.diff(self.offsets))
        known = self.predicted >= 0
        right = self.true == self.predicted
        return ClassSums(
            self._by_class(image[right], self.true[right], self.pixels[right]),
            self._by_class(image, self.true, self.pixels),
            self._by_class(image[known], self.predicted[known], self.pixels[known]),
        )

    def rows(self, measure: Measure) -> np.ndarray:
        """``(n, ...)`` float64, the row that a measure makes of each image.

        Raises:
            KeyError: The tallies of the measure are missing.
        """
        name = measure.name
        tallies = self.tallies[name] if measure.tally_size else None
        rows = [
            measure_row(measure, self.counts(i), {} if tallies is None else {name: tallies[i]})
            for i in range(len(self))
        ]
        return np.array(rows, dtype=np.float64).reshape(len(rows), -1)

    def _by_class(self, image: np.ndarray, k: np.ndarray, pixels: np.ndarray) -> np.ndarray:
        n = len(self) * self.n_class
        sums = np.bincount(image * self.n_class + k, weights=pixels, minlength=n)
        return sums.reshape(len(self), self.n_class)

    def _matrix(self, cells: slice) -> ConfusionMatrix:
        matrix = ConfusionMatrix(self.n_class)
        table = np.zeros((self.n_class, self.n_class + 1), dtype=np.int64)
        np.add.at(table, (self.true[cells], self.predicted[cells] + 1), self.pixels[cells])
        matrix.void_predictions[...], matrix.counts[...] = table[:, 0], table[:, 1:]
        return matrix


class PerImageCollector:
    """Collects the counts of images as they come, in any order.

    Args:
        n_class: Number of classes.
    """

    def __init__(self, n_class: int) -> None:
        self.n_class = n_class
        self._cells: dict[int, tuple[np.ndarray, np.ndarray, np.ndarray]] = {}
        self._sizes: dict[int, tuple[int, int]] = {}
        self._tallies: dict[str, dict[int, np.ndarray]] = {}

    def take(self, entry: Entry) -> None:
        """Take what is known of an image; ``evaluate`` calls this as ``on_done``."""
        self.add(entry.image, entry.counts)
        if entry.size is not None:
            self.add_size(entry.image, entry.size)
        for name, tally in entry.tallies.items():
            self._tallies.setdefault(name, {})[entry.image] = tally

    def add(self, index: int, counts: ConfusionMatrix) -> None:
        """Take the counts of an image."""
        table = np.column_stack([counts.void_predictions, counts.counts])
        true, predicted = np.nonzero(table)
        pixels = table[true, predicted]
        self._cells[index] = (true.astype(np.int16), (predicted - 1).astype(np.int16), pixels)

    def add_size(self, index: int, size: tuple[int, ...]) -> None:
        """Take the height and the width of an image."""
        height, width = size
        self._sizes[index] = (height, width)

    def without_size(self) -> list[int]:
        """Numbers of the images whose size has not been told."""
        return sorted(set(self._cells) - set(self._sizes))

    def merge(self, other: 'PerImageCollector') -> None:
        """Take what another process has collected of the same data set."""
        self._cells.update(other._cells)
        self._sizes.update(other._sizes)
        for name, tallies in other._tallies.items():
            self._tallies.setdefault(name, {}).update(tallies)

    def collected(
        self,
        names: Sequence[str],
        label_names: Sequence[str],
        *,
        groups: Sequence[str] = (),
        unit: str = 'groups',
    ) -> PerImageCounts:
        """Put everything together.

        Args:
            names: What all images of the data set are called, in order.
            label_names: What the classes are called.
            groups: The group of each image, or none at all.
            unit: A word for groups.

        Raises:
            KeyError: The counts of an image are missing.
        """
        cells = [self._cells[i] for i in range(len(names))]
        none = (np.zeros(0, np.int16), np.zeros(0, np.int16), np.zeros(0, np.int64))
        true, predicted, pixels = (
            np.concatenate(parts) for parts in zip(none, *cells, strict=True)
        )
        sizes = [self._sizes.get(i, (0, 0)) for i in range(len(names))]
        return PerImageCounts(
            tuple(names),
            tuple(label_names),
            np.array(sizes, dtype=np.int64).reshape(-1, 2),
            np.cumsum([0, *(len(pixels) for _, _, pixels in cells)]),
            true,
            predicted,
            pixels,
            tuple(groups),
            unit,
            {
                name: np.array([tallies[i] for i in range(len(names))])
                for name, tallies in self._tallies.items()
                if len(tallies) == len(names)
            },
        )
