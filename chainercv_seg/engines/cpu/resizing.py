"""Bilinear resizing, one axis after the other; with corners aligned if not told otherwise.

A result is a blend of two neighbours, so that each axis takes one pass at the speed of memory. No
matrix products: theirs are rounded by where a plane lies, so that planes that are equal would come
out unequal, and ties between classes would be decided by the BLAS. The error is that of a sum of
four products.
"""

import numpy as np
import numpy.typing as npt

from chainercv_seg.engines.cpu.compiled import COMPILED, kernel
from chainercv_seg.engines.cpu.lanes import LANES, load_some, splat, store_some
from chainercv_seg.engines.cpu.scratch import aligned
from chainercv_seg.engines.cpu.threads import parallel

FloatArray = npt.NDArray[np.float32]


def neighbours(
    length: int, size: int, *, align_corners: bool = True
) -> tuple[npt.NDArray[np.intp], FloatArray]:
    """Return of each position of the result the lower neighbour and the share of the upper one.

    Args:
        length: Of the axis.
        size: Its new length.
        align_corners: Whether the first and the last positions of both coincide; else the edges of the pixels
            do whose centres positions are, and beyond the first and the last centre nothing changes.
    """
    if align_corners:
        at = np.linspace(0, length - 1, size)
    else:
        at = np.clip((np.arange(size) + 0.5) * (length / size) - 0.5, 0, length - 1)
    low = np.minimum(at.astype(np.intp), max(length - 2, 0))
    return low, (at - low).astype(np.float32)


def bilinear_matrix(length: int, size: int, *, align_corners: bool = True) -> FloatArray:
    """Make the matrix ``(size, length)`` float32 that resizes an axis.

    With corners aligned the first and the last position of source and result coincide; a result of one
    position is the first of the source.
    """
    low, share = neighbours(length, size, align_corners=align_corners)
    matrix = np.zeros((size, length), np.float32)
    matrix[np.arange(size), low] = 1 - share
    if length > 1:
        matrix[np.arange(size), low + 1] = share
    return matrix


@kernel
def _blend(x, start, stop, low, share, y):  # type: ignore[no-untyped-def]
    """Resize the middle axis of ``x (planes, length, L)``, planes from ``start`` to ``stop``."""
    _, length, L = x.shape
    size = low.shape[0]
    for plane in range(start, stop):
        for i in range(size):
            below = (plane * length + low[i]) * L
            above = below + min(L, (length - 1 - low[i]) * L)
            o = (plane * size + i) * L
            b = splat(share[i])
            a = splat(np.float32(1) - share[i])
            for k in range(0, L, LANES):
                some = L - k
                blended = a * load_some(x, below + k, some) + b * load_some(x, above + k, some)
                store_some(y, o + k, blended, some)


@kernel
def _blend_last(x, start, stop, low, share, y):  # type: ignore[no-untyped-def]
    """Resize the last axis of ``x (rows, length)``, rows from ``start`` to ``stop``."""
    last = x.shape[1] - 1
    for row in range(start, stop):
        for j in range(low.shape[0]):
            i = low[j]
            b = share[j]
            y[row, j] = (np.float32(1) - b) * x[row, i] + b * x[row, min(i + 1, last)]


def resize_last(
    x: FloatArray, size: int, part: slice = slice(None), *, align_corners: bool = True
) -> FloatArray:
    """Resize the last axis.

    Args:
        x: ``(rows, length)`` float32.
        size: The new length.
        part: The positions of these that are wanted.
        align_corners: As for `neighbours`.

    Returns:
        Float32, as many rows.
    """
    rows, length = x.shape
    low, share = neighbours(length, size, align_corners=align_corners)
    low, share = low[part], share[part]
    if not COMPILED:
        return x[:, low] * (1 - share) + x[:, np.minimum(low + 1, length - 1)] * share
    y = aligned((rows, len(low)))
    parallel(lambda start, stop: _blend_last(x, start, stop, low, share, y), rows)
    return y


def _resize_middle(x: FloatArray, size: int, *, align_corners: bool) -> FloatArray:
    """Resize the middle axis of ``(planes, length, L)``."""
    planes, length, L = x.shape
    low, share = neighbours(length, size, align_corners=align_corners)
    if not COMPILED:
        share = share[:, None]
        return x[:, low] * (1 - share) + x[:, np.minimum(low + 1, length - 1)] * share
    x = np.ascontiguousarray(x, np.float32)
    y = aligned((planes, size, L))
    parallel(lambda start, stop: _blend(x, start, stop, low, share, y), planes)
    return y


def resize_planes(
    x: FloatArray, size: tuple[int, int], *, align_corners: bool = True
) -> FloatArray:
    """Resize the last two axes.

    Args:
        x: ``(..., H, W)`` float32, in any order in memory.
        size: The new height and width.
        align_corners: As for `neighbours`.

    Returns:
        ``(..., *size)`` float32, contiguous.
    """
    *outer, H, W = x.shape
    lines = np.ascontiguousarray(x, np.float32).reshape(-1, W)
    wide = resize_last(lines, size[1], align_corners=align_corners).reshape(-1, H, size[1])
    return _resize_middle(wide, size[0], align_corners=align_corners).reshape(*outer, *size)


def resize_map(x: FloatArray, size: tuple[int, int], *, align_corners: bool = True) -> FloatArray:
    """Resize a map whose channels are last.

    Args:
        x: ``(N, H, W, C)`` float32.
        size: The new height and width.
        align_corners: As for `neighbours`.

    Returns:
        ``(N, *size, C)`` float32, contiguous.
    """
    N, H, W, C = x.shape
    wide = _resize_middle(x.reshape(N * H, W, C), size[1], align_corners=align_corners)
    lines = wide.reshape(N, H, size[1] * C)
    return _resize_middle(lines, size[0], align_corners=align_corners).reshape(N, *size, C)
