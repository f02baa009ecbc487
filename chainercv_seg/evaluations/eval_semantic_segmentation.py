"""ChainerCV's three functions, on top of the confusion matrix."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from chainercv_seg.evaluations import metrics
from chainercv_seg.evaluations.confusion_matrix import ConfusionMatrix
from chainercv_seg.evaluations.label_maps import pairs

LabelMaps = np.ndarray | Iterable[np.ndarray]


def calc_semantic_segmentation_confusion(
    pred_labels: LabelMaps, gt_labels: LabelMaps, *, n_class: int | None = None
) -> np.ndarray:
    """Count pixels by true and predicted class.

    Args:
        pred_labels: Iterable of label maps ``(H, W)`` of an integer type.
        gt_labels: Iterable of as many label maps of the same shapes, -1 for void pixels, which are not
            counted.
        n_class: Number of classes. If None, it is the largest label + 1, and void predictions as well
            as labels 255 are errors. If given, pixels that are predicted void (-1) are in no
            cell: :class:`ConfusionMatrix` and :func:`eval_semantic_segmentation` count them as misses.

    Returns:
        ``(n_class, n_class)`` int64; element ``(i, j)`` is the number of pixels of true class ``i`` that
        were predicted as class ``j``.

    Raises:
        ValueError: Labels are out of range, shapes or numbers differ, or a label map is not a
            two-dimensional array of integers.
    """
    return _count(pred_labels, gt_labels, n_class).counts


def calc_semantic_segmentation_iou(
    confusion: np.ndarray, *, absent_class: metrics.AbsentClass = 'skip'
) -> np.ndarray:
    """Intersection over union of each class.

    Args:
        confusion: ``(n_class, n_class)`` integers, truth in rows.
        absent_class: The policy for classes in neither truth nor prediction; see :func:`metrics.iou`.

    Returns:
        ``(n_class,)`` float64.
    """
    return metrics.iou(confusion, absent_class=absent_class)


def eval_semantic_segmentation(
    pred_labels: LabelMaps,
    gt_labels: LabelMaps,
    *,
    n_class: int | None = None,
    absent_class: metrics.AbsentClass = 'skip',
) -> dict[str, Any]:
    """Score predicted label maps.

    Args:
        pred_labels: As in :func:`calc_semantic_segmentation_confusion`.
        gt_labels: Likewise.
        n_class: Likewise. If given, pixels that are predicted void (-1) are misses.
        absent_class: The policy for classes in neither truth nor prediction; see :func:`metrics.iou`.

    Returns:
        ``iou`` and ``class_accuracy``, ``(n_class,)`` float64; ``miou``, ``pixel_accuracy`` and
        ``mean_class_accuracy``, floats.

    Raises:
        ValueError: As :func:`calc_semantic_segmentation_confusion` does.
    """
    matrix = _count(pred_labels, gt_labels, n_class)
    counts, void = matrix.counts, matrix.void_predictions
    iou = metrics.iou(counts, void, absent_class=absent_class)
    class_accuracy = metrics.recall(counts, void)
    return {
        'iou': iou,
        'miou': metrics.mean(iou),
        'pixel_accuracy': metrics.pixel_accuracy(counts, void),
        'class_accuracy': class_accuracy,
        'mean_class_accuracy': metrics.mean(class_accuracy),
    }


def _count(pred_labels: LabelMaps, gt_labels: LabelMaps, n_class: int | None) -> ConfusionMatrix:
    matrix = ConfusionMatrix(n_class or 0)
    if n_class is not None:
        matrix.update(pred_labels, gt_labels)
        return matrix
    for pred, gt in pairs(pred_labels, gt_labels):
        valid = gt >= 0
        needed = _largest_label(pred[valid], gt[valid]) + 1
        if needed > matrix.n_class:
            larger = ConfusionMatrix(needed)
            larger.counts[: matrix.n_class, : matrix.n_class] = matrix.counts
            matrix = larger
        matrix.update(pred, gt)
    return matrix


def _largest_label(pred: np.ndarray, gt: np.ndarray) -> int:
    if not gt.size:
        return -1
    for labels, what in ((gt, 'truth'), (pred, 'prediction')):
        if (labels == 255).any():
            raise ValueError(
                f'a {what} holds the label 255, which usually stands for void pixels in files: turn '
                'it into -1, or give n_class if 255 really is a class'
            )
    if pred.min() < 0:
        raise ValueError(
            f'a prediction holds the label {pred.min()} where the truth is not void: give n_class to '
            'count -1 as a void prediction'
        )
    # As a Python integer: NumPy's uint8(255) + 1 is 0.
    return max(int(pred.max()), int(gt.max()))
