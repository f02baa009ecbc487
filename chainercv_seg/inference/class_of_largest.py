"""The class of the largest score of each pixel, on the CPU."""

import numpy as np

#: Pixels that go through all classes at once: their scores and labels stay in the second-level cache.
_CHUNK = 1 << 16


def class_of_largest(scores: np.ndarray) -> np.ndarray:
    """Do what ``scores.argmax(axis=0)`` does, several times faster for many pixels.

    NumPy goes from class to class for each pixel, which lie far apart. This goes from pixel to pixel for
    each class.

    Args:
        scores: ``(n_class, H, W)`` floating-point numbers, ``n_class`` at least 1.

    Returns:
        ``(H, W)`` int32: the class of the largest score, the first of equals; of the first NaN where there
        is one.
    """
    n_class, height, width = scores.shape
    small = np.uint8 if n_class <= 256 else np.uint16 if n_class <= 65536 else np.uint32
    labels = np.empty((height, width), dtype=np.int32)
    rows = max(1, _CHUNK // max(width, 1))
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
