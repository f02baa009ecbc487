"""Dice score of each class."""

import numpy as np

from chainercv_seg.evaluations.measures.class_rows import class_row, row_iou
from chainercv_seg.evaluations.measures.measure import Measure
from chainercv_seg.evaluations.metrics import AbsentClass, means


class Dice(Measure):
    """Dice score (Dice 1945, "Measures of the amount of ecologic association between species").

    Twice the pixels that truth and prediction have in common over the sum of theirs, over all images.
    """

    name = key = 'dice'
    title = 'Dice'
    means = ('mean_dice',)
    definition = 'Dice 1945, pixels summed up over images'

    def row(self, counts: np.ndarray, void: np.ndarray, tally: np.ndarray) -> np.ndarray:
        """``(3 * n_class,)`` pixels of each class: right, true, predicted."""
        return class_row(counts, void)

    def draw(
        self, rows: np.ndarray, weights: np.ndarray, absent_class: AbsentClass
    ) -> dict[str, np.ndarray]:
        """Dice score of each class, and its mean, by the policy for absent classes."""
        iou = row_iou(weights @ rows, absent_class)
        dice = 2 * iou / (1 + iou)  # 0, 1 and NaN, which policies give, stay what they are
        return {self.key: dice, 'mean_dice': means(dice)}
