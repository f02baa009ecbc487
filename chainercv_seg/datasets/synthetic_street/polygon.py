"""Which pixels a convex polygon covers, in integers."""

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import numpy as np

from chainercv_seg.datasets.synthetic_street.camera import UNIT

#: Cosine and sine of sixteen directions, times 256: corners of what stands for a circle.
CIRCLE = (
    (256, 0), (237, 98), (181, 181), (98, 237), (0, 256), (-98, 237), (-181, 181), (-237, 98),
    (-256, 0), (-237, -98), (-181, -181), (-98, -237), (0, -256), (98, -237), (181, -181),
    (237, -98),
)  # fmt: skip
_FAR = 2**40

Place = TypeVar('Place', int, np.ndarray)


class Region(NamedTuple):
    """Some pixels of an image: those of the mask ``(h, w)``, which lies at rows and columns."""

    rows: slice
    columns: slice
    mask: np.ndarray


def convex_polygon(points: Sequence[tuple[int, int]], size: tuple[int, int]) -> Region | None:
    """Find the pixels whose centres lie in a polygon.

    Polygons that share an edge share no pixel and leave none out.

    Args:
        points: Corners ``(column, row)`` of a convex polygon, in order, sixteenths of a pixel.
        size: ``(height, width)`` of the image.

    Returns:
        The pixels, or None where there are none.
    """
    height, width = size
    xs, ys = zip(*points, strict=True)
    if max(xs) <= 0 or max(ys) <= 0 or min(xs) >= width * UNIT or min(ys) >= height * UNIT:
        return None
    corners = np.array(points, dtype=np.int64)
    top, bottom = max(0, _first(min(ys))), min(height, _first(max(ys)))
    if top >= bottom:
        return None
    y = np.arange(top, bottom, dtype=np.int64) * UNIT + UNIT // 2
    following = np.concatenate([corners[1:], corners[:1]])
    # Each edge is followed downwards, so that its two polygons round alike.
    downwards = (corners[:, 1] <= following[:, 1])[:, None]
    (x0, y0) = np.where(downwards, corners, following).T[:, :, None]
    (x1, y1) = np.where(downwards, following, corners).T[:, :, None]
    x = x0 + (x1 - x0) * (y - y0) // np.maximum(y1 - y0, 1)
    crosses = (y0 <= y) & (y < y1)
    left = _first(np.where(crosses, x, _FAR).min(axis=0))
    right = _first(np.where(crosses, x, -_FAR).max(axis=0))
    start, stop = max(0, int(left.min())), min(width, int(right.max()))
    if start >= stop:
        return None
    columns = np.arange(start, stop)
    mask = (columns >= left[:, None]) & (columns < right[:, None])
    return Region(slice(top, bottom), slice(start, stop), mask)


def rectangle(
    start: tuple[int, int], stop: tuple[int, int], size: tuple[int, int]
) -> Region | None:
    """Find the pixels whose centres lie between two corners ``(column, row)``, as above."""
    columns = slice(max(0, _first(start[0])), min(size[1], _first(stop[0])))
    rows = slice(max(0, _first(start[1])), min(size[0], _first(stop[1])))
    if columns.start >= columns.stop or rows.start >= rows.stop:
        return None
    return Region(
        rows, columns, np.ones((rows.stop - rows.start, columns.stop - columns.start), bool)
    )


def _first(place: Place) -> Place:
    """Number of the first pixel whose centre is not before a place."""
    return (place + UNIT // 2 - 1) // UNIT
