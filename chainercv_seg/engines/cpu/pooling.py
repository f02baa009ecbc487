"""Pooling of channels-last maps, and putting pooled values back. NumPy, a few passes each."""

import numpy as np
import numpy.typing as npt

from chainercv_seg.engines.bins import bin_edges
from chainercv_seg.engines.cpu.compiled import COMPILED, kernel
from chainercv_seg.engines.cpu.lanes import LANES, load_where, store_some
from chainercv_seg.engines.cpu.threads import parallel

FloatArray = npt.NDArray[np.float32]
CodeArray = npt.NDArray[np.int8]


def max_pool_with_codes(x: FloatArray) -> tuple[FloatArray, CodeArray]:
    """Take the largest of each window of 2 by 2; the border cuts the last ones off.

    Args:
        x: ``(N, H, W, C)`` float32.

    Returns:
        ``(N, (H + 1) // 2, (W + 1) // 2, C)`` float32, and int8 of that shape: where in its window
        each was, ``2 * row + column``, the first of equals.
    """
    N, H, W, C = x.shape
    y = np.full((N, (H + 1) // 2, (W + 1) // 2, C), -np.inf, np.float32)
    codes = np.zeros(y.shape, np.int8)
    for code in range(4):
        corner = x[:, code // 2 :: 2, code % 2 :: 2]
        part = (slice(None), slice(corner.shape[1]), slice(corner.shape[2]))
        larger = corner > y[part]
        codes[part][larger] = code
        np.maximum(y[part], corner, out=y[part])
    return y, codes


def unpool(x: FloatArray, codes: CodeArray) -> FloatArray:
    """Put values where pooling took them, into a map of zeros.

    Args:
        x: ``(N, H, W, C)`` float32.
        codes: int8 of x's shape, from `max_pool_with_codes`.

    Returns:
        ``(N, 2 H, 2 W, C)`` float32.
    """
    N, H, W, C = x.shape
    y = np.empty((N, 2 * H, 2 * W, C), np.float32)
    for code in range(4):
        np.multiply(x, codes == code, out=y[:, code // 2 :: 2, code % 2 :: 2])
    return y


def cropped(x: FloatArray, codes: CodeArray) -> tuple[FloatArray, CodeArray]:
    """Crop a map and the codes by which it is put back to the smaller of the two.

    Maps of odd sizes are pooled to sizes rounded up, so that they can differ by one row or column.
    """
    rows, columns = np.minimum(x.shape[1:3], codes.shape[1:3])
    return x[:, :rows, :columns], np.ascontiguousarray(codes[:, :rows, :columns])


@kernel
def _take(x, codes, start, stop, y):  # type: ignore[no-untyped-def]
    """Do what `take_pooled` does for rows of y, counted over images."""
    width, C = y.shape[2:]
    for row in range(start, stop):
        for j in range(width):
            place = (row * width + j) * C
            at = (4 * row * width + 2 * j) * C
            for k in range(0, C, LANES):
                a = load_where(x, at + k, codes, place + k, 0, C - k)
                a = a + load_where(x, at + C + k, codes, place + k, 1, C - k)
                at_below = at + 2 * width * C + k
                a = a + load_where(x, at_below, codes, place + k, 2, C - k)
                a = a + load_where(x, at_below + C, codes, place + k, 3, C - k)
                store_some(y, place + k, a, C - k)


def take_pooled(x: FloatArray, codes: CodeArray) -> FloatArray:
    """Take the values at the places that pooling took: the gradient of `unpool`.

    Args:
        x: ``(N, 2 H, 2 W, C)`` float32.
        codes: ``(N, H, W, C)`` int8, from `max_pool_with_codes`.

    Returns:
        ``(N, H, W, C)`` float32.
    """
    N, H, W, C = codes.shape
    x, codes = np.ascontiguousarray(x, np.float32), np.ascontiguousarray(codes)
    if not COMPILED:
        windows = x.reshape(N, H, 2, W, 2, C).transpose(0, 1, 3, 2, 4, 5).reshape(N, H, W, 4, C)
        return np.take_along_axis(windows, codes[:, :, :, None].astype(np.intp), axis=3)[:, :, :, 0]
    y = np.empty((N, H, W, C), np.float32)
    parallel(lambda a, b: _take(x, codes, a, b, y), N * H)
    return y


def max_pool(
    x: FloatArray, *, size: int, stride: int, pad: int = 0, cover_all: bool = True
) -> FloatArray:
    """Take the largest of each window.

    Args:
        x: ``(N, H, W, C)`` float32.
        size: Positions a side of a window.
        stride: Distance between windows.
        pad: How far the first window sticks out above and to the left, below and to the right.
        cover_all: Whether the last windows may stick out further, Chainer's way; else they are left out.

    Returns:
        ``(N, ceil((H + 2 pad - size) / stride) + 1, likewise, C)`` float32; rounded down without
        ``cover_all``.
    """
    N, H, W, C = x.shape
    more = stride - 1 if cover_all else 0
    shape = tuple((length + 2 * pad - size + more) // stride + 1 for length in (H, W))
    y = np.full((N, *shape, C), -np.inf, np.float32)
    for u in range(size):
        for v in range(size):
            first = [max(0, -(-(pad - k) // stride)) for k in (u, v)]
            starts = [i * stride + k - pad for i, k in zip(first, (u, v), strict=True)]
            source = x[:, starts[0] :: stride, starts[1] :: stride]
            part = y[:, first[0] : first[0] + source.shape[1], first[1] :]
            part = part[:, :, : source.shape[2]]
            source = source[:, : part.shape[1], : part.shape[2]]
            np.maximum(part, source, out=part)
    return y


def average_pool(x: FloatArray, size: tuple[int, int]) -> FloatArray:
    """Average over windows side by side; what does not fill one is left out.

    Args:
        x: ``(N, H, W, C)`` float32.
        size: Height and width of a window.

    Returns:
        ``(N, H // size[0], W // size[1], C)`` float32.
    """
    N, H, W, C = x.shape
    rows, columns = H // size[0], W // size[1]
    x = x[:, : rows * size[0], : columns * size[1]]
    return x.reshape(N, rows, size[0], columns, size[1], C).mean(axis=(2, 4), dtype=np.float32)


def average_bins(x: FloatArray, bins: int) -> FloatArray:
    """Average over as many windows along each axis, whatever its length (`bin_edges`).

    Args:
        x: ``(N, H, W, C)`` float32.
        bins: How many.

    Returns:
        ``(N, bins, bins, C)`` float32.
    """
    # One by one: NumPy adds up in another order where there are several.
    return np.stack([_average_bins_of_one(one, bins) for one in x])


def _average_bins_of_one(x: FloatArray, bins: int) -> FloatArray:
    rows = [x[top:stop].mean(axis=0, dtype=np.float32) for top, stop in bin_edges(len(x), bins)]
    wide = np.stack(rows)
    columns = [
        wide[:, left:stop].mean(axis=1, dtype=np.float32)
        for left, stop in bin_edges(x.shape[1], bins)
    ]
    return np.stack(columns, axis=1)
