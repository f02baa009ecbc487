"""What to add to the scores of classes, so that the mean IoU is largest."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from chainercv_seg.evaluations.eval_semantic_segmentation import calc_semantic_segmentation_iou

#: Steps in which offsets change, one after the other; so many up and down are tried.
_STEPS, _REACH = (0.8, 0.2, 0.05), 5
#: How often each class may change with a step.
_SWEEPS = 3
#: An improvement that is less is none.
_LEAST = 1e-6


def fit_class_offsets(
    scores: npt.NDArray[np.floating], labels: npt.NDArray[np.integer]
) -> npt.NDArray[np.float32]:
    """Find what to add to the score of each class so that the mean IoU of the best ones is largest.

    The likeliest class is the best guess for the accuracy, not for the mean IoU: it is worth guessing a class
    that is seldom found where it is not the likeliest (of the F measure, a function of the IoU: Lipton, Elkan
    and Naryanaswamy 2014, "Optimal Thresholding of Classifiers to Maximize F1 Measure"). One offset after the
    other goes where it helps most, in smaller and smaller steps: a local maximum. Fit them on images that the
    network was trained on, never on those that it is measured on, and add them to the bias of the layer that
    makes the scores.

    Args:
        scores: ``(n_class, P)`` of pixels, as logits: softmax has not been taken.
        labels: ``(P,)``, the class of each pixel; what is negative is left out.

    Returns:
        ``(n_class,)`` float32, 0 for classes that do not move.

    Raises:
        ValueError: The shapes do not fit, a label is no class, or no pixel has one.
    """
    if scores.ndim != 2 or labels.shape != scores.shape[1:]:
        raise ValueError(
            f'expected scores (n_class, P) and labels (P,): {scores.shape} and {labels.shape}'
        )
    known = labels >= 0
    scores, classes = scores[:, known], labels[known].astype(np.intp)
    if not len(classes) or classes.max() >= len(scores):
        raise ValueError(f'expected labels from 0 to {len(scores) - 1}, one at least')
    offsets = np.zeros(len(scores), np.float32)
    best = -np.inf
    for step in _STEPS:
        for _ in range(_SWEEPS):
            before = best
            for number in range(len(offsets)):
                # Offsets of no change first, so that nothing moves that need not.
                tried = offsets[number] + np.float32(step) * np.arange(-_REACH, _REACH + 1)
                tried = tried[np.argsort(np.abs(tried - offsets[number]), kind='stable')]
                for offset, found in zip(
                    tried, _mean_ious(scores, classes, offsets, number, tried), strict=True
                ):
                    if found > best + _LEAST:
                        best, offsets[number] = found, offset
            if best == before:
                break
    return offsets


def _mean_ious(
    scores: npt.NDArray[np.floating],
    labels: npt.NDArray[np.intp],
    offsets: npt.NDArray[np.float32],
    number: int,
    tried: npt.NDArray[np.floating],
) -> Iterator[float]:
    """Compute the mean IoU for several offsets of one class, those of the others as they are."""
    n_class, first = len(scores), labels * len(scores)
    top = np.full(len(labels), -np.inf, scores.dtype)
    other = np.zeros(len(labels), np.intp)
    for rival in range(n_class):
        if rival != number:
            moved = scores[rival] + offsets[rival]
            other[moved > top] = rival
            np.maximum(top, moved, out=top)
    margin = top - scores[number]
    for offset in tried:
        guesses = np.where(margin < offset, number, other)
        confusion = np.bincount(first + guesses, minlength=n_class * n_class)
        confusion = confusion.reshape(n_class, n_class)
        yield float(np.nanmean(calc_semantic_segmentation_iou(confusion)))
