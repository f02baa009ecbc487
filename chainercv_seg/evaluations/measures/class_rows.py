"""Pixels of classes as a row of numbers, which can be added up over images, and the IoUs of such rows."""

import numpy as np

from chainercv_seg.evaluations.metrics import AbsentClass, iou_of


def class_row(counts: np.ndarray, void: np.ndarray) -> np.ndarray:
    """The row of which :func:`row_iou` makes IoUs: pixels of each class that are right, true, predicted."""
    right, truth, predicted = np.diag(counts), counts.sum(axis=1) + void, counts.sum(axis=0)
    return np.concatenate([right, truth, predicted])


def row_iou(rows: np.ndarray, absent_class: AbsentClass) -> np.ndarray:
    """``(m, n)`` IoUs of ``(m, 3 * n)`` pixels: those in both, in the truth, in the prediction."""
    both, truth, predicted = np.split(rows, 3, axis=-1)
    return iou_of(both, truth, predicted, absent_class=absent_class)
