"""Boundary IoU: the IoU of the bands along the inner side of the outlines."""

import numpy as np

from chainercv_seg.evaluations.label_maps import count_pairs
from chainercv_seg.evaluations.measures.class_rows import row_iou
from chainercv_seg.evaluations.measures.measure import Measure
from chainercv_seg.evaluations.measures.outlines import near_outline
from chainercv_seg.evaluations.metrics import AbsentClass, means

#: Width of the bands as a share of an image's diagonal: the authors' for all data sets but LVIS.
_RATIO = 0.02


class BoundaryIoU(Measure):
    """Boundary IoU of each class (Cheng et al., CVPR 2021, "Boundary IoU").

    Of a class in an image the band is all its pixels no farther from its outline than 2 % of the diagonal,
    rounded, at least one pixel, on the chessboard, as in the authors' ``mask_to_boundary``; what the
    image's border cuts off has its outline there. The pixels that truth and prediction have in common, and
    those that any of both has, are summed up over all images before they are divided, as for IoU.

    Void is neither hit nor miss, and what was predicted there changes nothing: regions of the prediction end
    where the truth is void, as those of the truth do. A perfect prediction has the score 1.

    Args:
        n_class: Number of classes.
    """

    name = 'boundary-iou'
    key = 'boundary_iou'
    title = 'boundary IoU'
    means = ('mean_boundary_iou',)
    definition = f'Cheng et al. 2021, bands of {_RATIO:.0%} of the diagonal, summed up over images'

    def __init__(self, n_class: int) -> None:
        self._n_class = n_class
        self.tally_size = 3 * n_class

    def tally(self, pred: np.ndarray, label: np.ndarray) -> np.ndarray:
        """Count the pixels of each class's bands.

        Returns:
            ``(3 * n_class,)`` int64: in both bands of each class, in that of the truth, of the prediction.
        """
        truth = label.astype(np.int16)  # a class is below 11,586: see ConfusionMatrix
        known = pred.astype(np.int16)
        known[truth < 0] = -1
        distance = max(1, round(_RATIO * float(np.hypot(*label.shape))))
        true_band, predicted_band = (
            np.where(near_outline(labels, distance, border=True), labels, np.int16(-1))
            for labels in (truth, known)
        )
        table = count_pairs(predicted_band, true_band, self._n_class)
        both, true, predicted = np.diag(table), table.sum(axis=1), table.sum(axis=0)
        return np.concatenate([both[1:], true[1:], predicted[1:]])

    def draw(
        self, rows: np.ndarray, weights: np.ndarray, absent_class: AbsentClass
    ) -> dict[str, np.ndarray]:
        """Boundary IoU of each class, and its mean, by the policy for absent classes."""
        iou = row_iou(weights @ rows, absent_class)
        return {self.key: iou, 'mean_boundary_iou': means(iou)}
