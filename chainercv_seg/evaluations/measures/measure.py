"""What a measure is: what it needs of an image, and the scores that images give."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from chainercv_seg.evaluations.metrics import AbsentClass


@dataclass(frozen=True)
class MeasureScores:
    """What a measure says of an evaluation. Scores are in [0, 1], NaN where there is none.

    Attributes:
        key: What the scores are called in ``result.json``.
        title: What they are called in a table.
        definition: What exactly was measured, and by whom it was proposed.
        scores: A score for each class, or whatever else it is that has one, by its name.
        means: By their names in ``result.json``.
        details: What else ``result.json`` says of it.
    """

    key: str
    title: str
    definition: str
    scores: Mapping[str, float]
    means: Mapping[str, float] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)


class Measure:
    """A measure. It says what it needs of each image and has no state, so that ranks can share it.

    What an image gives is a row of numbers. Scores are those of sums of rows, so that rows can be added up as
    images come, unless the measure ``needs_images``.

    Attributes:
        name: By which it is chosen; also what its tallies are called in a journal. Another definition needs
            another name.
        key: What its scores are called in ``result.json``.
        title: What they are called in a table.
        means: What its means are called in ``result.json``.
        needs_images: Whether it needs the rows of all images, not their sum.
        tally_size: How many integers it counts in each pair of label maps; 0: it does not look at them.
    """

    name: ClassVar[str]
    key: ClassVar[str]
    title: ClassVar[str]
    means: ClassVar[tuple[str, ...]] = ()
    needs_images: ClassVar[bool] = False
    tally_size: int = 0

    @property
    def definition(self) -> str:
        """What exactly is measured, and by whom it was proposed."""
        raise NotImplementedError

    @property
    def details(self) -> Mapping[str, Any]:
        """What else ``result.json`` says of it."""
        return {}

    def tally(self, pred: np.ndarray, label: np.ndarray) -> np.ndarray:
        """Count in an image what is summed up over all images.

        Args:
            pred: ``(H, W)`` integers: classes, or -1 for void. What lies under void truth can be anything.
            label: ``(H, W)`` integers: classes, or -1 for void.

        Returns:
            ``(tally_size,)`` int64, none of them negative.
        """
        return np.zeros(0, np.int64)

    def row(self, counts: np.ndarray, void: np.ndarray, tally: np.ndarray) -> np.ndarray:
        """Make the row of an image, or of all of them.

        Args:
            counts: ``(n_class, n_class)`` int64, the confusion matrix, truth in rows.
            void: ``(n_class,)`` int64, pixels of each true class that were predicted void.
            tally: ``(tally_size,)`` int64.

        Returns:
            ``(n,)``; by default the tally.
        """
        return tally

    def parts(self, label_names: Sequence[str]) -> tuple[str, ...]:
        """Tell what it is that has a score each: the classes, by default."""
        return tuple(label_names)

    def draw(
        self, rows: np.ndarray, weights: np.ndarray, absent_class: AbsentClass
    ) -> dict[str, np.ndarray]:
        """Compute the scores of draws of images.

        Args:
            rows: ``(n_image, n)`` float64.
            weights: ``(m, n_image)`` float64, how often each image is in each draw.
            absent_class: The policy for classes in neither truth nor prediction.

        Returns:
            By ``key`` ``(m, n_part)``, then by the names of ``means`` ``(m,)``, NaN where there is none.
        """
        raise NotImplementedError

    def scores(
        self, rows: np.ndarray, label_names: Sequence[str], absent_class: AbsentClass
    ) -> MeasureScores:
        """Compute the scores of all images.

        Args:
            rows: ``(n_image, n)``, or the one row of their sum unless the measure ``needs_images``.
            label_names: A name for each class.
            absent_class: The policy for classes in neither truth nor prediction.
        """
        found = self.draw(rows.astype(np.float64), np.ones((1, len(rows))), absent_class)
        (scores,) = found.pop(self.key).tolist()
        return MeasureScores(
            self.key,
            self.title,
            self.definition,
            dict(zip(self.parts(label_names), scores, strict=True)),
            {name: float(mean[0]) for name, mean in found.items()},
            self.details,
        )


def mean_title(name: str) -> str:
    """What a mean is called in a table, by its name in ``result.json``."""
    return name.replace('_', ' ').replace('iou', 'IoU').replace('dice', 'Dice')
