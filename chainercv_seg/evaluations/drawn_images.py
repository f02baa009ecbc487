"""Images, or groups of images, as the bootstrap draws them, with all that scores are computed from."""

from collections.abc import Sequence

import numpy as np

from chainercv_seg.evaluations.class_sums import ClassSums
from chainercv_seg.evaluations.measures import Measure
from chainercv_seg.evaluations.metrics import AbsentClass
from chainercv_seg.evaluations.per_image import PerImageCounts


class DrawnImages:
    """What is drawn: groups if there are any, else images.

    Attributes:
        unit: A word for what is drawn: ``'images'``, ``'cities'``.
        sums: A row for each that is drawn.

    Args:
        per_image: The counts of each image.
        measures: Whose scores are computed besides.
        groups: The group of each image, or none at all; None: those of ``per_image``.
        unit: A word for such groups.

    Raises:
        KeyError: There are no counts of a measure.
    """

    def __init__(
        self,
        per_image: PerImageCounts,
        measures: Sequence[Measure] = (),
        *,
        groups: Sequence[str] | None = None,
        unit: str = 'groups',
    ) -> None:
        if groups is None:
            groups, unit = per_image.groups, per_image.unit
        sums = per_image.sums()
        self.unit = unit if groups else 'images'
        self._members: np.ndarray | None = None
        if groups:
            names, self._members = np.unique(groups, return_inverse=True)
            sums = sums.add_up(self._members, len(names))
        self.sums: ClassSums = sums
        self._measured = [(measure, self._rows(per_image, measure)) for measure in measures]
        wide = any(measure.needs_images for measure in measures)
        #: How many numbers of a draw are in memory at once.
        self.width = len(per_image) if wide else len(sums)

    def __len__(self) -> int:
        return len(self.sums)

    def draw(self, weights: np.ndarray, absent_class: AbsentClass) -> dict[str, np.ndarray]:
        """Compute all scores of draws.

        Args:
            weights: ``(m, n)`` float64, how often each is in each draw.
            absent_class: The policy for classes in neither truth nor prediction of a draw.

        Returns:
            As :meth:`ClassSums.scores` and :meth:`Measure.draw`, ``m`` rows each.
        """
        scores = self.sums.combine(weights).scores(absent_class)
        of_images = weights if self._members is None else None
        for measure, rows in self._measured:
            if not measure.needs_images:
                scores.update(measure.draw(rows, weights, absent_class))
                continue
            if of_images is None:  # a group is drawn with all of its images
                of_images = weights[:, self._members]
            scores.update(measure.draw(rows, of_images, absent_class))
        return scores

    def whole(self, absent_class: AbsentClass) -> dict[str, np.ndarray]:
        """The scores of all, as one draw that has each once."""
        return self.draw(np.ones((1, len(self))), absent_class)

    def _rows(self, per_image: PerImageCounts, measure: Measure) -> np.ndarray:
        rows = per_image.rows(measure)
        if measure.needs_images or self._members is None:
            return rows
        total = np.zeros((len(self), rows.shape[1]))
        np.add.at(total, self._members, rows)
        return total
