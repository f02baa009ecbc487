"""Dice score of each class."""

from chainercv_seg.evaluations import metrics
from chainercv_seg.evaluations.measures.measure import Measure, MeasureScores, Totals


class Dice(Measure):
    """Dice score (Dice 1945, "Measures of the amount of ecologic association between species").

    Twice the pixels that truth and prediction have in common over the sum of theirs, over all images.
    """

    name = 'dice'

    def scores(self, totals: Totals) -> MeasureScores:
        """Dice score of each class, and its mean, by the policy for absent classes."""
        iou = metrics.iou(totals.counts, totals.void_predictions, absent_class=totals.absent_class)
        dice = 2 * iou / (1 + iou)  # 0, 1 and NaN, which policies give, stay what they are
        return MeasureScores(
            'dice',
            'Dice',
            'Dice 1945, pixels summed up over images',
            dict(zip(totals.label_names, dice.tolist(), strict=True)),
            {'mean_dice': metrics.mean(dice)},
        )
