"""What scores need of confusion matrices: for each class the pixels that are right, true and predicted."""

from dataclasses import dataclass

import numpy as np

from chainercv_seg.evaluations.metrics import AbsentClass, iou_of, means, ratio

#: The scores of a whole result, in the order in which to show them, and what each is called.
MEANS = {
    'miou': 'mean IoU',
    'mean_class_accuracy': 'mean class accuracy',
    'pixel_accuracy': 'pixel accuracy',
    'frequency_weighted_iou': 'frequency-weighted IoU',
}
#: The scores of each class, likewise.
CLASS_SCORES = {'iou': 'IoU', 'class_accuracy': 'accuracy'}


@dataclass(frozen=True)
class ClassSums:
    """Sums of many confusion matrices, a row each.

    Attributes:
        right: ``(n, n_class)`` float64; pixels of each class that were found.
        truth: ``(n, n_class)`` float64; pixels of each class, those predicted void included.
        predicted: ``(n, n_class)`` float64; pixels that were taken for each class.
    """

    right: np.ndarray
    truth: np.ndarray
    predicted: np.ndarray

    def __len__(self) -> int:
        return len(self.right)

    def combine(self, weights: np.ndarray) -> 'ClassSums':
        """Add up rows: ``weights`` ``(m, n)`` says how often each row is in each of ``m`` sums."""
        return ClassSums(weights @ self.right, weights @ self.truth, weights @ self.predicted)

    @property
    def width(self) -> int:
        """How many numbers of a draw are in memory at once."""
        return len(self)

    def draw(self, weights: np.ndarray, absent_class: AbsentClass) -> dict[str, np.ndarray]:
        """The scores of sums of rows; see :meth:`combine` and :meth:`scores`."""
        return self.combine(weights).scores(absent_class)

    def add_up(self, members: np.ndarray, n: int) -> 'ClassSums':
        """Add up the rows of each of ``n`` groups; ``members`` ``(len(self),)`` says which has which."""
        sums = ClassSums(*(np.zeros((n, self.right.shape[1])) for _ in range(3)))
        for total, rows in zip(
            (sums.right, sums.truth, sums.predicted),
            (self.right, self.truth, self.predicted),
            strict=True,
        ):
            np.add.at(total, members, rows)
        return sums

    def scores(self, absent_class: AbsentClass = 'skip') -> dict[str, np.ndarray]:
        """Compute all scores of each row.

        Args:
            absent_class: The policy for classes in neither truth nor prediction; see :func:`metrics.iou`.

        Returns:
            Those of :data:`MEANS` ``(n,)`` and of :data:`CLASS_SCORES` ``(n, n_class)``, float64 in [0, 1],
            NaN where there is none.
        """
        iou = iou_of(self.right, self.truth, self.predicted, absent_class=absent_class)
        accuracy = ratio(self.right, self.truth)
        total = self.truth.sum(axis=-1)
        # An absent class weighs nothing, whatever the policy.
        weighted = (self.truth * np.nan_to_num(iou)).sum(axis=-1)
        return {
            'miou': means(iou),
            'mean_class_accuracy': means(accuracy),
            'pixel_accuracy': ratio(self.right.sum(axis=-1), total),
            'frequency_weighted_iou': ratio(weighted, total),
            'iou': iou,
            'class_accuracy': accuracy,
        }
