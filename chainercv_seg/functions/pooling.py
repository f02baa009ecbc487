"""Pooling of channels-last maps, and putting pooled values back. NumPy, a few passes each."""

import numpy as np
import numpy.typing as npt

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


def max_pool(x: FloatArray, *, size: int, stride: int, pad: int = 0) -> FloatArray:
    """Take the largest of each window, Chainer's way: the last windows may stick out (cover_all).

    Args:
        x: ``(N, H, W, C)`` float32.
        size: Positions a side of a window.
        stride: Distance between windows.
        pad: How far the first window sticks out above and to the left, below and to the right.

    Returns:
        ``(N, ceil((H + 2 pad - size) / stride) + 1, likewise, C)`` float32.
    """
    N, H, W, C = x.shape
    shape = tuple(-(-(length + 2 * pad - size) // stride) + 1 for length in (H, W))
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
