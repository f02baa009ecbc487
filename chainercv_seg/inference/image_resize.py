"""Bilinear resizing as image libraries do it, by matrix products, for arrays that stay on a GPU.

Positions are centres of pixels. Pillow smooths where it shrinks: each result is a mean of the pixels
in a triangle as wide as two new pixels. OpenCV does not: it blends the two nearest pixels. An axis takes
``length * size`` products a line; the error is that of a sum of float32 products, some 1e-7 of the
largest value.
"""

from typing import Any


def image_resize_matrix(length: int, size: int, *, smooth: bool, xp: Any) -> Any:
    """Make the matrix ``(size, length)`` float32 that resizes an axis.

    Args:
        length: Number of pixels.
        size: Number of pixels of the result.
        smooth: As Pillow, else as OpenCV.
        xp: NumPy or CuPy.
    """
    ratio = length / size
    centres = (xp.arange(size) + 0.5) * ratio - 0.5
    width = 1.0
    if smooth:
        width = max(1.0, ratio)
    else:
        centres = xp.clip(centres, 0, length - 1)
    distances = xp.abs(xp.arange(length) - centres[:, None]) / width
    weights = xp.maximum(0, 1 - distances)
    return (weights / weights.sum(axis=1, keepdims=True)).astype('f')


def resize_planes_as_image(planes: Any, size: tuple[int, int], *, smooth: bool, xp: Any) -> Any:
    """Resize planes as :func:`chainercv_seg.transforms.resize` does, on the device that they are on.

    Args:
        planes: ``(C, H, W)`` float32.
        size: The new ``(height, width)``.
        smooth: As Pillow, else as OpenCV.
        xp: NumPy or CuPy, whichever the planes are of.

    Returns:
        ``(C, *size)`` float32.
    """
    _, H, W = planes.shape
    rows, columns = (
        image_resize_matrix(length, new_length, smooth=smooth, xp=xp)
        for length, new_length in zip((H, W), size, strict=True)
    )
    return xp.matmul(rows, xp.matmul(planes, columns.T))
