"""What a measure is: what it needs of an image, and the scores that all images give."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from chainercv_seg.evaluations.metrics import AbsentClass


@dataclass(frozen=True)
class Totals:
    """All that a measure computes its scores from.

    Attributes:
        counts: ``(n_class, n_class)`` int64, the confusion matrix of all images, truth in rows.
        void_predictions: ``(n_class,)`` int64, pixels of each true class that were predicted void.
        label_names: A name for each class.
        absent_class: The policy for classes in neither truth nor prediction.
        tally: ``(tally_size,)`` int64, the sum of the measure's tallies over all images.
        image_ious: ``(n_image, n_class)`` float64: the IoU of each class in each image, NaN where it is not
            in the truth; without rows unless a measure ``needs_images``.
    """

    counts: np.ndarray
    void_predictions: np.ndarray
    label_names: tuple[str, ...]
    absent_class: AbsentClass
    tally: np.ndarray
    image_ious: np.ndarray


@dataclass(frozen=True)
class MeasureScores:
    """What a measure says of an evaluation. Scores are in [0, 1], NaN where there is none.

    Attributes:
        key: What the scores are called in ``result.json``.
        title: What they are called in a table.
        definition: What exactly was measured, and by whom it was proposed.
        scores: A score for each class, or whatever else it is that has one, by its name.
        means: By their names in ``result.json``.
    """

    key: str
    title: str
    definition: str
    scores: Mapping[str, float]
    means: Mapping[str, float] = field(default_factory=dict)


class Measure:
    """A measure. It says what it needs of each image and has no state, so that ranks can share it.

    Attributes:
        name: By which it is chosen; also what its tallies are called in a journal. Another definition needs
            another name.
        needs_images: Whether it needs the IoUs of each image.
        tally_size: How many integers it counts in each pair of label maps; 0: it does not look at them.
    """

    name: ClassVar[str]
    needs_images: ClassVar[bool] = False
    tally_size: int = 0

    def tally(self, pred: np.ndarray, label: np.ndarray) -> np.ndarray:
        """Count in an image what is summed up over all images.

        Args:
            pred: ``(H, W)`` integers: classes, or -1 for void. What lies under void truth can be anything.
            label: ``(H, W)`` integers: classes, or -1 for void.

        Returns:
            ``(tally_size,)`` int64, none of them negative.
        """
        return np.zeros(0, np.int64)

    def scores(self, totals: Totals) -> MeasureScores:
        """Compute the scores of all images."""
        raise NotImplementedError
