"""Pairs of predicted and true label maps: walked through, checked, counted."""

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

LabelMaps = np.ndarray | Iterable[np.ndarray]

#: Pixels that go through at once: their keys stay in the second-level cache.
_CHUNK = 1 << 17
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
    preds, gts = _each(pred_labels), _each(gt_labels)
    for i, (pred, gt) in enumerate(itertools.zip_longest(preds, gts, fillvalue=_MISSING)):
        if pred is _MISSING or gt is _MISSING:
            more, fewer = (
                ('truths', 'predictions') if pred is _MISSING else ('predictions', 'truths')
            )
            raise ValueError(f'there are more {more} than {fewer}: {fewer} ended after {i}')
        yield _as_labels(pred, 'prediction', i), _as_labels(gt, 'truth', i, np.shape(pred))


def _each(labels: LabelMaps) -> Iterable[np.ndarray]:
    return [labels] if isinstance(labels, np.ndarray) and labels.ndim == 2 else labels


def _as_labels(
    label: np.ndarray, what: str, number: int, shape: tuple[int, ...] | None = None
) -> np.ndarray:
    label = np.asarray(label)
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


def checked(pred: np.ndarray, gt: np.ndarray, n_class: int) -> np.ndarray:
    """Check the ranges of a pair of label maps.

    Args:
        pred: ``(H, W)`` of integers, -1 for void.
        gt: ``(H, W)`` of integers, -1 for void.
        n_class: Number of classes.

    Returns:
        ``pred``, with -1 in place of what lies outside ``[-1, n_class - 1]`` under void truth.

    Raises:
        ValueError: A true label is outside ``[-1, n_class - 1]``, or a predicted label is where the
            truth is not void.
    """
    low, high = _range(gt)
    if low < -1 or high >= n_class:
        raise ValueError(
            f'true labels must lie in [-1, {n_class - 1}], -1 for void, but run from {low} to '
            f'{high}{_cause(high)}'
        )
    low, high = _range(pred)
    if low >= -1 and high < n_class:
        return pred
    low, high = _range(pred[gt >= 0])
    if low < -1 or high >= n_class:
        raise ValueError(
            f'predicted labels must lie in [-1, {n_class - 1}], -1 for void, but run from {low} to '
            f'{high}{_cause(high)}'
        )
    return np.where(gt >= 0, pred.astype(np.int64), -1)


def _range(labels: np.ndarray) -> tuple[int, int]:
    # As Python's integers: NumPy's would wrap around in uint8(255) + 1.
    return (int(labels.min()), int(labels.max())) if labels.size else (0, -1)


def _cause(high: int) -> str:
    if high != 255:
        return ''
    return '. 255 usually stands for void pixels in files: turn it into -1'


def count_pairs(pred: np.ndarray, gt: np.ndarray, n_class: int) -> np.ndarray:
    """Count pixels by true and predicted label.

    Cost: about one addition into a table for each two pixels, and, where neighbours tend to have equal
    labels, one for each run of equal pixels.

    Args:
        pred: ``(H, W)`` of integers in ``[-1, n_class - 1]``.
        gt: ``(H, W)`` of integers in ``[-1, n_class - 1]``.
        n_class: Number of classes.

    Returns:
        ``(n_class + 1, n_class + 1)`` int64: element ``(i + 1, j + 1)`` is the number of pixels of true
        label ``i`` and predicted label ``j``.
    """
    pred, gt = pred.ravel(), gt.ravel()
    side = n_class + 1
    n_key = side * side
    by_key = np.zeros(n_key, dtype=np.int64)
    by_pair = np.zeros(n_key**2 if n_key**2 <= _PAIR_TABLE else 0, dtype=np.uint32)
    key_type = np.int32 if n_key < 2**31 else np.int64
    for start in range(0, pred.size, _CHUNK):
        end = start + _CHUNK
        keys = np.multiply(gt[start:end], side, dtype=key_type, casting='unsafe')
        keys += pred[start:end].astype(key_type, copy=False)
        keys += side + 1
        if _has_runs(keys):
            edges = np.flatnonzero(keys[1:] != keys[:-1]) + 1
            starts = np.concatenate(([0], edges))
            lengths = np.diff(starts, append=keys.size)
            np.add.at(by_key, keys[starts].astype(np.intp), lengths)
        elif by_pair.size:
            half = keys.size // 2
            first, second, rest = keys[:half], keys[half : 2 * half], keys[2 * half :]
            first *= n_key
            first += second
            np.add.at(by_pair, first.astype(np.intp), np.uint32(1))
            np.add.at(by_key, rest.astype(np.intp), 1)
        else:
            np.add.at(by_key, keys.astype(np.intp), 1)
    if by_pair.size:
        square = by_pair.reshape(n_key, n_key)
        by_key += square.sum(axis=0, dtype=np.int64) + square.sum(axis=1, dtype=np.int64)
    return by_key.reshape(side, side)


def _has_runs(keys: np.ndarray) -> bool:
    sample = keys[:_SAMPLE]
    return bool(np.count_nonzero(sample[1:] != sample[:-1]) * 8 < sample.size)
