"""Accuracy near the outlines of the truth, by distance."""

from collections.abc import Sequence

import numpy as np

from chainercv_seg.evaluations.measures.measure import Measure
from chainercv_seg.evaluations.measures.outlines import near_outline
from chainercv_seg.evaluations.metrics import AbsentClass, ratio

#: Half the widths of the bands, in pixels.
_DISTANCES = (1, 2, 4, 8, 16, 32)


class TrimapAccuracy(Measure):
    """Share of right pixels in bands along the outlines of the truth (Kohli, Ladicky and Torr, IJCV 2009).

    A pixel is in the band of a distance if a pixel of another true label, void among them, is no farther on
    the chessboard. Pixels whose truth is void are in no band; the border of an image is no outline.
    """

    name = 'trimap'
    key = 'trimap_accuracy'
    title = 'trimap accuracy, px'
    definition = 'Kohli et al. 2009, by the distance from a pixel of another true label, in pixels'
    tally_size = 2 * len(_DISTANCES)

    def tally(self, pred: np.ndarray, label: np.ndarray) -> np.ndarray:
        """``(2 * n_distance,)`` int64: right pixels by distance, then all pixels by distance."""
        truth = label.astype(np.int16)  # a class is below 11,586: see ConfusionMatrix
        known = truth >= 0
        right = (pred == label) & known
        table = np.zeros((2, len(_DISTANCES)), np.int64)
        for i, distance in enumerate(_DISTANCES):
            band = near_outline(truth, distance, border=False)
            table[:, i] = np.count_nonzero(band & right), np.count_nonzero(band & known)
        return table.ravel()

    def parts(self, label_names: Sequence[str]) -> tuple[str, ...]:
        """The distances."""
        return tuple(map(str, _DISTANCES))

    def draw(
        self, rows: np.ndarray, weights: np.ndarray, absent_class: AbsentClass
    ) -> dict[str, np.ndarray]:
        """Accuracy by distance."""
        return {self.key: ratio(*np.split(weights @ rows, 2, axis=-1))}
