"""The place of the largest number along the first axis, several times faster than NumPy finds it."""

import numpy as np
import numpy.typing as npt

from chainercv_seg.engines.cpu.threads import parallel

#: Positions that go through all classes at once: they stay in the second-level cache.
_BAND = 1 << 16


def largest(scores: npt.NDArray[np.floating]) -> npt.NDArray[np.int32]:
    """Return which number along the first axis is the largest, the first of equals.

    NumPy's argmax goes from class to class for each pixel, which lie far apart. This goes from pixel to
    pixel for each class.

    Args:
        scores: ``(C, H, W)``, C at least 1. A NaN counts as largest, as in NumPy.

    Returns:
        ``(H, W)`` int32.
    """
    n_class, height, width = scores.shape
    small = np.uint8 if n_class <= 256 else np.uint16 if n_class <= 65536 else np.uint32
    labels = np.empty((height, width), dtype=np.int32)
    rows = max(1, _BAND // max(width, 1))

    def work(start: int, stop: int) -> None:
        for top in range(start, stop, rows):
            band = scores[:, top : min(stop, top + rows)]
            best, label = band[0].copy(), np.zeros(band.shape[1:], dtype=small)
            for k in range(1, n_class):
                # k where this score is larger than all before; later classes have larger numbers.
                larger = (band[k] > best).view(np.uint8)
                np.maximum(label, np.multiply(larger, k, dtype=small), out=label)
                np.maximum(best, band[k], out=best)
            # NaN is larger than nothing, but it does not get lost in the maximum.
            labels[top : top + len(label)] = band.argmax(axis=0) if np.isnan(best).any() else label

    parallel(work, height)
    return labels
