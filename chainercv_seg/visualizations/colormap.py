"""Colours for classes that have none of their own."""

from collections.abc import Iterable

import numpy as np


def voc_colormap(labels: Iterable[int]) -> np.ndarray:
    """Make the colours of PASCAL VOC's palette.

    The bits of a label go to red, green and blue in turn, the lowest to the highest bits: near
    labels get different colours. Source: VOCdevkit's ``VOClabelcolormap``.

    Args:
        labels: Class ids, from 0 to 2^24 - 1.

    Returns:
        ``(N, 3)`` uint8 RGB.
    """
    ids = np.fromiter(labels, dtype=np.int64)[:, None]
    colors = np.zeros((len(ids), 3), dtype=np.int64)
    for bit in range(8):
        colors |= (ids >> (3 * bit + np.arange(3)) & 1) << (7 - bit)
    return colors.astype(np.uint8)
