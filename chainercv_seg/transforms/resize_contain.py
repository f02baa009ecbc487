"""Fitting an image into a canvas."""

from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from chainercv_seg.transforms.resize import resize
from chainercv_seg.utils.arguments import check_array, size_pair


class Containment(NamedTuple):
    """Where an image lies on a canvas, and how large it is there."""

    y_offset: int
    x_offset: int
    scaled_size: tuple[int, int]


def plan_containment(image_size: tuple[int, int], canvas_size: tuple[int, int]) -> Containment:
    """Decide how an image is fitted into a canvas.

    It is shrunk, never enlarged, to fit, keeps its aspect ratio (rounded down, at least one pixel),
    and lies in the middle; the odd pixel of the margin is at the bottom and at the right.

    Args:
        image_size: ``(height, width)`` of the image.
        canvas_size: ``(height, width)`` of the canvas.
    """
    scale = min(1, canvas_size[0] / image_size[0], canvas_size[1] / image_size[1])
    height, width = (max(1, int(length * scale)) for length in image_size)
    y_offset, x_offset = (canvas_size[0] - height) // 2, (canvas_size[1] - width) // 2
    return Containment(y_offset, x_offset, (height, width))


def resize_contain(
    img: np.ndarray,
    size: tuple[int, int],
    fill: Any = 0,
    interpolation: int = Image.Resampling.BILINEAR,
    return_param: bool = False,
) -> Any:
    """Fit an image into a canvas, shrunk if it must be, never enlarged.

    Args:
        img: ``(C, H, W)``.
        size: ``(height, width)`` of the canvas.
        fill: Value of the canvas around the image: a number, or one for each channel.
        interpolation: As in :func:`resize`.
        return_param: Whether to return where the image lies as well.

    Returns:
        The canvas, ``(C, *size)`` of the type of ``img``; with ``return_param`` a tuple of it and a
        dictionary: ``y_offset`` and ``x_offset``, the position of the image's top left corner, and
        ``scaled_size``, its ``(height, width)`` there.

    Raises:
        ValueError: ``img`` is not ``(C, H, W)``, or is empty, or ``size`` is no size.
    """
    check_array(img, '(C, H, W)', name='img')
    size = size_pair(size, name='size')
    if not img.size:
        raise ValueError(f'img must not be empty; found shape {img.shape}')
    containment = plan_containment((img.shape[1], img.shape[2]), size)
    y, x, (height, width) = containment
    if (height, width) != img.shape[1:]:
        img = resize(img, (height, width), interpolation)
    canvas = np.empty((len(img), *size), dtype=img.dtype)
    canvas[...] = np.asarray(fill).reshape(-1, 1, 1)
    canvas[:, y : y + height, x : x + width] = img
    return (canvas, containment._asdict()) if return_param else canvas
