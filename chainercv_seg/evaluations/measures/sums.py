"""What the measures of an evaluation need, summed up while it runs."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from chainercv_seg.evaluations import metrics
from chainercv_seg.evaluations.confusion_matrix import ConfusionMatrix
from chainercv_seg.evaluations.measures.measure import Measure, MeasureScores

#: What measures count in an image, by their names.
Tallies = Mapping[str, np.ndarray]


class MeasureSums:
    """The sums over images from which measures compute their scores.

    Memory is constant in the number of images unless a measure needs the row of each.

    Args:
        measures: The measures.
        label_names: A name for each class.
    """

    def __init__(self, measures: Sequence[Measure], label_names: Sequence[str]) -> None:
        self._measures, self._label_names = tuple(measures), tuple(label_names)
        self._rows: dict[str, dict[int, np.ndarray]] = {
            measure.name: {} for measure in measures if measure.needs_images
        }
        self.tallies = {
            measure.name: np.zeros(measure.tally_size, np.int64)
            for measure in measures
            if measure.tally_size
        }

    def tally(self, pred: np.ndarray, label: np.ndarray | None) -> dict[str, np.ndarray]:
        """Count in a pair of label maps, which have been checked; any thread may call this."""
        if label is None:  # nothing is counted
            return {name: np.zeros_like(total) for name, total in self.tallies.items()}
        return {
            measure.name: measure.tally(pred, label)
            for measure in self._measures
            if measure.tally_size
        }

    def add(self, index: int, counts: ConfusionMatrix, tallies: Tallies) -> None:
        """Add an image.

        Args:
            index: Its number in the data set.
            counts: Its counts.
            tallies: Its tallies, or more.

        Raises:
            ValueError: There is no tally of one of the measures, or it is of another size.
        """
        for name, total in self.tallies.items():
            if name not in tallies:
                raise ValueError(f'it was counted without --measures {name}')
            if tallies[name].shape != total.shape:
                raise ValueError(
                    f'its counts for {name} are of another number of classes or version'
                )
        for name, total in self.tallies.items():
            total += tallies[name]
        for measure in self._measures:
            if measure.needs_images:
                self._rows[measure.name][index] = measure_row(measure, counts, tallies)

    def gather_images(self, comm: Any) -> None:
        """Exchange with all ranks what is kept of each image; the tallies are the caller's to sum up."""
        if self._rows:
            for others in comm.mpi_comm.allgather(self._rows):
                for name, rows in others.items():
                    self._rows[name].update(rows)

    def scores(
        self, matrix: ConfusionMatrix, absent_class: metrics.AbsentClass
    ) -> tuple[MeasureScores, ...]:
        """Compute the scores of all measures from the counts of all images, and what was added."""
        return tuple(
            measure.scores(self._table(measure, matrix), self._label_names, absent_class)
            for measure in self._measures
        )

    def _table(self, measure: Measure, matrix: ConfusionMatrix) -> np.ndarray:
        """The rows of all images, or that of their sum."""
        whole = measure_row(measure, matrix, self.tallies)
        if not measure.needs_images:
            return whole[np.newaxis]
        rows = [self._rows[measure.name][index] for index in sorted(self._rows[measure.name])]
        return np.array(rows).reshape(len(rows), len(whole))


def measure_row(measure: Measure, counts: ConfusionMatrix, tallies: Tallies) -> np.ndarray:
    """Make the row of an image, or of all of them, for a measure; KeyError without its tally."""
    tally = tallies[measure.name] if measure.tally_size else np.zeros(0, np.int64)
    return measure.row(counts.counts, counts.void_predictions, tally)
