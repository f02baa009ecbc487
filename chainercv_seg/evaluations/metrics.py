"""Scores computed from a confusion matrix.

All functions take ``counts``, ``(n_class, n_class)`` integers with truth in rows, and
``void_predictions``, ``(n_class,)`` integers: pixels of each true class that were predicted void, which
are misses (0 where there are none). ``counts`` of another shape are a ValueError. Scores are float64 in
[0, 1], NaN where a class has none.
"""

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

AbsentClass = Literal['skip', 'zero', 'one', 'ground-truth']
Void = np.ndarray | int

#: The policies for classes that are in neither truth nor prediction.
ABSENT_CLASS_POLICIES: tuple[str, ...] = get_args(AbsentClass)


def iou(
    counts: np.ndarray, void_predictions: Void = 0, *, absent_class: AbsentClass = 'skip'
) -> np.ndarray:
    """Intersection over union of each class: true positives over the union of truth and prediction.

    Args:
        counts: See the module.
        void_predictions: See the module.
        absent_class: What stands for a class that is in neither truth nor prediction. ``'skip'``: NaN, so
            that means leave it out (Cityscapes' official script, ChainerCV, mmsegmentation).
            ``'zero'``: 0 (CSAIL's ADE20K script, semseg, PaddleSeg). ``'one'``: 1.
            ``'ground-truth'``: NaN for every class that is not in the truth, predicted or not
            (detectron2).

    Returns:
        ``(n_class,)`` float64.

    Raises:
        ValueError: There is no such policy, or ``counts`` is no square.
    """
    counts = _square(counts)
    return iou_of(
        np.diag(counts),
        _truth(counts, void_predictions),
        counts.sum(axis=0),
        absent_class=absent_class,
    )


def iou_of(
    both: np.ndarray,
    truth: np.ndarray,
    predicted: np.ndarray,
    *,
    absent_class: AbsentClass = 'skip',
) -> np.ndarray:
    """Intersection over union of each class, from the pixels of each.

    Args:
        both: ``(n_class,)`` integers: pixels that truth and prediction have in common.
        truth: Likewise: pixels of the truth.
        predicted: Likewise: pixels of the prediction, without those under void truth.
        absent_class: As of :func:`iou`.

    Returns:
        ``(n_class,)`` float64.

    Raises:
        ValueError: There is no such policy.
    """
    if absent_class not in ABSENT_CLASS_POLICIES:
        raise ValueError(
            f'absent_class must be one of {ABSENT_CLASS_POLICIES}, not {absent_class!r}'
        )
    union = truth + predicted - both
    scores = ratio(both, union)
    if absent_class == 'ground-truth':
        scores[truth == 0] = np.nan
    elif absent_class != 'skip':
        scores[union == 0] = {'zero': 0.0, 'one': 1.0}[absent_class]
    return scores


def recall(counts: np.ndarray, void_predictions: Void = 0) -> np.ndarray:
    """Share of each true class that was found, also called class accuracy; NaN without truth.

    Returns:
        ``(n_class,)`` float64.
    """
    counts = _square(counts)
    return ratio(np.diag(counts), _truth(counts, void_predictions))


def precision(counts: np.ndarray) -> np.ndarray:
    """Share of each predicted class that is right; NaN for a class never predicted.

    Returns:
        ``(n_class,)`` float64.
    """
    counts = _square(counts)
    return ratio(np.diag(counts), counts.sum(axis=0))


def f1(counts: np.ndarray, void_predictions: Void = 0) -> np.ndarray:
    """Harmonic mean of precision and recall, also called Dice score; NaN for an absent class.

    Returns:
        ``(n_class,)`` float64.
    """
    counts = _square(counts)
    return ratio(2 * np.diag(counts), _truth(counts, void_predictions) + counts.sum(axis=0))


def pixel_accuracy(counts: np.ndarray, void_predictions: Void = 0) -> float:
    """Share of the pixels with truth that are right; NaN without any."""
    counts = _square(counts)
    return float(ratio(np.trace(counts), _truth(counts, void_predictions).sum()))


def frequency_weighted_iou(counts: np.ndarray, void_predictions: Void = 0) -> float:
    """IoU of the classes weighted by their share of the true pixels; NaN without any."""
    truth = _truth(_square(counts), void_predictions)
    scores = np.nan_to_num(iou(counts, void_predictions))
    return float(ratio((truth * scores).sum(), truth.sum()))


def mean(scores: np.ndarray) -> float:
    """Mean over the classes that have a score; NaN if none has."""
    known = scores[~np.isnan(scores)]
    return float(known.mean()) if known.size else float('nan')


def _truth(counts: np.ndarray, void_predictions: Void) -> np.ndarray:
    return counts.sum(axis=1) + void_predictions


def _square(counts: ArrayLike) -> np.ndarray:
    counts = np.asarray(counts)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or counts.dtype.kind not in 'iuf':
        raise ValueError(
            f'a confusion matrix must be an array (n_class, n_class) of numbers, not {counts.dtype} '
            f'{counts.shape}'
        )
    return counts


def ratio(part: ArrayLike, whole: ArrayLike) -> np.ndarray:
    """Divide integers by integers; NaN where the whole is 0."""
    part, whole = np.asarray(part, dtype=np.float64), np.asarray(whole)
    return np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole != 0)
