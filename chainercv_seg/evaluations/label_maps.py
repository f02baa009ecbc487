"""Pairs of predicted and true label maps: walked through, checked, counted."""

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from chainercv_seg.utils.void_advice import void_advice

LabelMaps = np.ndarray | Iterable[np.ndarray]

#: Pixels that go through at once: their keys stay in the second-level cache.
_CHUNK = 1 << 16
#: Pixels of a chunk that are looked at to tell whether neighbours tend to have equal labels.
_SAMPLE = 1 << 12
#: The largest table of pairs of keys, 1 MB of uint32: beyond it cache misses eat up the gain.
_PAIR_TABLE = 1 << 18

_MISSING: Any = object()  # where one of two iterables has ended


def pairs(pred_labels: LabelMaps, gt_labels: LabelMaps) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Walk through predictions and truths side by side.

    Args:
        pred_labels: A label map ``(H, W)``, or an iterable of such.
        gt_labels: Likewise, as many.

    Yields:
        A predicted and a true label map of the same shape.

    Raises:
        ValueError: One of the iterables is longer, or a pair is not two integer arrays ``(H, W)`` of
            the same shape.
    """
    preds, gts = _each(pred_labels, 'predictions'), _each(gt_labels, 'truths')
    for i, (pred, gt) in enumerate(itertools.zip_longest(preds, gts, fillvalue=_MISSING)):
        if pred is _MISSING or gt is _MISSING:
            more, fewer = (
                ('truths', 'predictions') if pred is _MISSING else ('predictions', 'truths')
            )
            raise ValueError(f'there are more {more} than {fewer}: {fewer} ended after {i}')
        yield _as_labels(pred, 'prediction', i), _as_labels(gt, 'truth', i, np.shape(pred))


def _each(labels: LabelMaps, what: str) -> Iterator[np.ndarray]:
    if isinstance(labels, np.ndarray) and labels.ndim == 2:
        return iter([labels])
    try:
        return iter(labels)
    except TypeError as error:
        raise ValueError(
            f'{what} must be a label map (H, W) or an iterable of such, not {type(labels).__name__}'
        ) from error


def _as_labels(
    label: np.ndarray, what: str, number: int, shape: tuple[int, ...] | None = None
) -> np.ndarray:
    try:
        label = np.asarray(label)
    except ValueError as error:  # rows of different lengths
        raise ValueError(
            f'{what} {number} must be an array (H, W) of integers, all rows of one length'
        ) from error
    if label.ndim != 2 or label.dtype.kind not in 'iu':
        raise ValueError(
            f'{what} {number} must be an array (H, W) of integers, not {label.dtype} {label.shape}'
        )
    if shape is not None and label.shape != shape:
        raise ValueError(
            f'{what} {number} has the shape {label.shape}, its prediction has {shape}: they must be '
            'equal'
        )
    return label


def count_pairs(pred: np.ndarray, gt: np.ndarray, n_class: int) -> np.ndarray:
    """Count pixels by true and predicted label.

    Cost: some passes over pieces that stay in the second-level cache, and an addition into a table for
    each two pixels or, where neighbours tend to have equal labels, for each run of equal pixels.

    Args:
        pred: ``(H, W)`` of integers in ``[-1, n_class - 1]``; what lies under void truth can be anything.
        gt: ``(H, W)`` of integers in ``[-1, n_class - 1]``, -1 for void.
        n_class: Number of classes.

    Returns:
        ``(n_class + 1, n_class + 1)`` int64: element ``(i + 1, j + 1)`` is the number of pixels of true
        label ``i`` and predicted label ``j``.

    Raises:
        ValueError: A true label is out of range, or a predicted label where the truth is not void.
    """
    if not n_class:  # fewer keys than the negative indices below reach
        _checked(pred, gt, n_class)
        return np.array([[pred.size]])
    side = n_class + 1
    n_key = side * side
    by_key = np.zeros(n_key, dtype=np.int64)
    by_pair = np.zeros(n_key**2 if n_key**2 <= _PAIR_TABLE else 0, dtype=np.uint32)
    key_type = np.int32 if n_key < 2**31 else np.int64
    pred, gt = pred.ravel(), gt.ravel()
    for start in range(0, pred.size, _CHUNK):
        true = gt[start : start + _CHUNK]
        predicted = _checked(pred[start : start + _CHUNK], true, n_class)
        keys = np.multiply(true, side, dtype=key_type, casting='unsafe')
        keys += predicted.astype(key_type, copy=False)
        if _has_runs(keys):
            ends = np.flatnonzero(keys[1:] != keys[:-1])
            by_key[keys[-1]] += keys.size  # the last run ends with the keys,
            np.add.at(by_key, keys[ends].astype(np.intp), ends + 1)
            np.subtract.at(by_key, keys[ends + 1].astype(np.intp), ends + 1)  # and starts here
        elif by_pair.size:
            half = keys.size // 2
            if keys.size % 2:
                by_key[keys[-1]] += 1
            pairs_of_keys = keys[:half]
            pairs_of_keys *= n_key
            pairs_of_keys += keys[half : 2 * half]
            np.add.at(by_pair, pairs_of_keys.astype(np.intp), np.uint32(1))
        else:
            np.add.at(by_key, keys.astype(np.intp), 1)
    # Keys start at -(side + 1), where both labels are void: these negative indices have counted from the
    # end of the tables, which saves adding a constant to every key.
    by_key = np.roll(by_key, side + 1)
    if by_pair.size:
        square = np.roll(by_pair, (side + 1) * (n_key + 1)).reshape(n_key, n_key)
        by_key += square.sum(axis=0, dtype=np.int64) + square.sum(axis=1, dtype=np.int64)
    return by_key.reshape(side, side)


def _checked(pred: np.ndarray, gt: np.ndarray, n_class: int) -> np.ndarray:
    """``pred`` with labels in range; ValueError where they are not and the truth is not void."""
    _check_range(gt, n_class, 'true')
    if _in_range(pred, n_class):
        return pred
    _check_range(pred[gt >= 0], n_class, 'predicted')
    return np.where(gt >= 0, pred.astype(np.int64), -1)


def _check_range(labels: np.ndarray, n_class: int, what: str) -> None:
    if not _in_range(labels, n_class):
        low, high = int(labels.min()), int(labels.max())
        raise ValueError(
            f'{what} labels must lie in [-1, {n_class - 1}], -1 for void, but run from {low} to '
            f'{high}{void_advice(high)}'
        )


def _in_range(labels: np.ndarray, n_class: int) -> bool:
    return not labels.size or bool(labels.min() >= -1 and labels.max() < n_class)


def _has_runs(keys: np.ndarray) -> bool:
    sample = keys[:_SAMPLE]
    return bool(np.count_nonzero(sample[1:] != sample[:-1]) * 8 < sample.size)
