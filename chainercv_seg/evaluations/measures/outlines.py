"""Pixels near the outlines of regions, of all classes at once."""

import numpy as np

#: What is beyond the border of an image: no label.
_BEYOND = -2


def near_outline(labels: np.ndarray, distance: int, *, border: bool) -> np.ndarray:
    """Find the pixels that are near one of another label.

    The distance is that of a king on a chessboard, as by erosion with a square of 3x3. One pass does for all
    labels: a square of pixels has one label only if each 2x2 of it has. The cost grows with the logarithm of
    the distance.

    Args:
        labels: ``(H, W)`` of a signed integer type, at least -1.
        distance: In pixels, at least 1. A pixel is near if the nearest one of another label is no farther.
        border: Whether what is beyond the image's border is of another label.

    Returns:
        ``(H, W)`` bool.
    """
    if not labels.size:
        return np.zeros(labels.shape, bool)
    padded = np.pad(labels, 1, mode='edge')
    if border:
        padded[[0, -1]] = padded[:, [0, -1]] = _BEYOND
    down = padded[1:] != padded[:-1]
    mixed = down[:, 1:] | down[:, :-1]  # a 2x2 has several labels
    mixed |= padded[:-1, 1:] != padded[:-1, :-1]
    rows = _any_in_window(mixed, distance)
    return _any_in_window(rows.T, distance).T


def _any_in_window(marks: np.ndarray, distance: int) -> np.ndarray:
    """Whether any of ``2 * distance`` neighbours along the first axis is set, which gets shorter by one."""
    window = 2 * distance
    marks = np.pad(marks, ((distance - 1, distance - 1), (0, 0)))
    length = len(marks) - window + 1
    covered = 1
    while 2 * covered <= window:
        marks = marks[:-covered] | marks[covered:]
        covered *= 2
    return marks[:length] | marks[window - covered :][:length]
