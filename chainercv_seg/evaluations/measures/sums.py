"""What the measures of an evaluation need, summed up while it runs."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from chainercv_seg.evaluations import metrics
from chainercv_seg.evaluations.confusion_matrix import ConfusionMatrix
from chainercv_seg.evaluations.measures.measure import Measure, MeasureScores, Totals

#: What measures count in an image, by their names.
Tallies = Mapping[str, np.ndarray]


class MeasureSums:
    """The sums over images from which measures compute their scores.

    Memory is constant in the number of images unless a measure needs the IoUs of each.

    Args:
        measures: The measures.
        label_names: A name for each class.
    """

    def __init__(self, measures: Sequence[Measure], label_names: Sequence[str]) -> None:
        self._measures, self._label_names = tuple(measures), tuple(label_names)
        self._needs_images = any(measure.needs_images for measure in measures)
        self._image_ious: dict[int, np.ndarray] = {}
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
        if self._needs_images:
            self._image_ious[index] = metrics.iou(
                counts.counts, counts.void_predictions, absent_class='ground-truth'
            )

    def gather_images(self, comm: Any) -> None:
        """Exchange with all ranks what is kept of each image; the tallies are the caller's to sum up."""
        if self._needs_images:
            for others in comm.mpi_comm.allgather(self._image_ious):
                self._image_ious.update(others)

    def scores(
        self, matrix: ConfusionMatrix, absent_class: metrics.AbsentClass
    ) -> tuple[MeasureScores, ...]:
        """Compute the scores of all measures from the counts of all images, and what was added."""
        rows = [self._image_ious[index] for index in sorted(self._image_ious)]
        return tuple(
            measure.scores(
                Totals(
                    counts=matrix.counts,
                    void_predictions=matrix.void_predictions,
                    label_names=self._label_names,
                    absent_class=absent_class,
                    tally=self.tallies.get(measure.name, np.zeros(0, np.int64)),
                    image_ious=np.array(rows).reshape(len(rows), len(self._label_names)),
                )
            )
            for measure in self._measures
        )
