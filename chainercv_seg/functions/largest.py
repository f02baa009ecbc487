"""The place of the largest number along the first axis, in one pass over memory."""

import numpy as np
import numpy.typing as npt

from chainercv_seg.functions.compiled import COMPILED, kernel
from chainercv_seg.functions.threads import parallel

LabelArray = npt.NDArray[np.int32]

#: Positions that go through all classes at once in NumPy: they stay in the second-level cache.
_BAND = 1 << 16


@kernel
def _largest(x, start, stop, best, labels):  # type: ignore[no-untyped-def]
    """Do it for the positions from ``start`` to ``stop`` of ``x (C, positions)``, in pieces."""
    for first in range(start, stop, 4096):
        last = min(stop, first + 4096)
        for i in range(first, last):
            best[i] = x[0, i]
            labels[i] = 0
        for c in range(1, x.shape[0]):
            for i in range(first, last):
                a = x[c, i]
                larger = (a > best[i]) | ((a != a) & (best[i] == best[i]))
                labels[i] = c if larger else labels[i]
                best[i] = a if larger else best[i]


def largest(x: npt.NDArray[np.floating]) -> LabelArray:
    """Return which number along the first axis is the largest, the first of equals.

    Args:
        x: ``(C, H, W)``, C at least 1. A NaN counts as largest, as in NumPy.

    Returns:
        ``(H, W)`` int32.
    """
    if not COMPILED or x.dtype != np.float32 or not x.flags.c_contiguous:
        return _largest_by_class(x)
    table = x.reshape(len(x), -1)
    labels = np.empty(table.shape[1], np.int32)
    best = np.empty(table.shape[1], np.float32)
    parallel(lambda start, stop: _largest(table, start, stop, best, labels), len(labels))
    return labels.reshape(x.shape[1:])


def _largest_by_class(scores: npt.NDArray[np.floating]) -> LabelArray:
    """Do it with NumPy, class by class: its argmax strides through memory from class to class."""
    n_class, height, width = scores.shape
    small = np.uint8 if n_class <= 256 else np.uint16 if n_class <= 65536 else np.uint32
    labels = np.empty((height, width), dtype=np.int32)
    rows = max(1, _BAND // max(width, 1))
    for top in range(0, height, rows):
        band = scores[:, top : top + rows]
        largest, label = band[0].copy(), np.zeros(band.shape[1:], dtype=small)
        for k in range(1, n_class):
            # k where this score is larger than all before; later classes have larger numbers.
            larger = (band[k] > largest).view(np.uint8)
            np.maximum(label, np.multiply(larger, k, dtype=small), out=label)
            np.maximum(largest, band[k], out=largest)
        # NaN is larger than nothing, but it does not get lost in the maximum.
        labels[top : top + rows] = band.argmax(axis=0) if np.isnan(largest).any() else label
    return labels
