"""ChainerCV's three functions, on top of the confusion matrix."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from chainercv_seg.evaluations import metrics
from chainercv_seg.evaluations.confusion_matrix import ConfusionMatrix
from chainercv_seg.evaluations.label_maps import pairs
from chainercv_seg.utils.arguments import positive_int
from chainercv_seg.utils.void_advice import void_advice

LabelMaps = np.ndarray | Iterable[np.ndarray]


def calc_semantic_segmentation_confusion(
    pred_labels: LabelMaps, gt_labels: LabelMaps, *, n_class: int | None = None
) -> np.ndarray:
    """Count pixels by true and predicted class.

    Args:
        pred_labels: Iterable of label maps ``(H, W)`` of an integer type.
        gt_labels: Iterable of as many label maps of the same shapes, -1 for void pixels, which are not
            counted.
        n_class: Number of classes. If None, it is the largest label + 1 (0 where all truth is void), and
            void predictions as well as labels 255 and 65535 are errors. If given, pixels that are predicted
            void (-1) are in no cell: :class:`ConfusionMatrix` and :func:`eval_semantic_segmentation` count
            them as misses.

    Returns:
        ``(n_class, n_class)`` int64; element ``(i, j)`` is the number of pixels of true class ``i`` that
        were predicted as class ``j``.

    Raises:
        ValueError: Labels are out of range, shapes or numbers differ, a label map is not a
            two-dimensional array of integers, ``n_class`` is no positive integer, or the matrix would be
            larger than ``$CHAINERCV_SEG_MAX_ARRAY_BYTES``, by default 1 GiB (11,585 classes).
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
    if n_class is not None:
        matrix = ConfusionMatrix(positive_int(n_class, name='n_class'))
        matrix.update(pred_labels, gt_labels)
        return matrix
    matrix = ConfusionMatrix(0)
    for pred, gt in pairs(pred_labels, gt_labels):
        valid = gt >= 0
        needed = max(_largest_label(gt[valid], 'truth'), _largest_label(pred[valid], 'prediction'))
        if needed >= matrix.n_class:
            larger = ConfusionMatrix(needed + 1)
            larger.counts[: matrix.n_class, : matrix.n_class] = matrix.counts
            matrix = larger
        matrix.update(pred, gt)
    return matrix


def _largest_label(labels: np.ndarray, what: str) -> int:
    """The largest of the labels where the truth is not void; -1 where there are none."""
    if not labels.size:
        return -1
    # As Python integers: NumPy's uint8(255) + 1 is 0.
    low, high = int(labels.min()), int(labels.max())
    for value in (255, 65535):
        if high >= value and (labels == value).any():
            raise ValueError(
                f'a {what} holds the label {value}{void_advice(value)}, or give n_class if {value} really '
                'is a class'
            )
    if low < 0:
        raise ValueError(
            f'a {what} holds the label {low} where the truth is not void: give n_class to count -1 as a '
            'void prediction'
        )
    return high
