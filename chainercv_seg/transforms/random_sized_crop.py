"""Random cropping to a random size."""

import math
import random
from typing import Any

import numpy as np

from chainercv_seg.transforms.random_crop import random_crop
from chainercv_seg.utils.arguments import check_array


def random_sized_crop(
    img: np.ndarray,
    scale_ratio_range: tuple[float, float] = (0.08, 1),
    aspect_ratio_range: tuple[float, float] = (3 / 4, 4 / 3),
    return_param: bool = False,
    copy: bool = False,
) -> Any:
    """Cut out a part of a random size and shape, at a random place.

    The part is ``sqrt(s * H * W * a)`` high and ``sqrt(s * H * W / a)`` wide, rounded down, at
    least one pixel. Draws from Python's ``random`` as ChainerCV does: the same seed, the same
    crops. The scheme is the one that ResNets are trained with on ImageNet.

    Args:
        img: ``(C, H, W)``.
        scale_ratio_range: Limits of ``s``, the share of the image's area. The lower one may be
            missed where the image is too narrow for it.
        aspect_ratio_range: Limits of ``a`` or, in half of the cases, of ``1 / a``.
        return_param: Whether to return what was drawn as well.
        copy: Whether to return a new array instead of a view of ``img``.

    Returns:
        The part; with ``return_param`` a tuple of it and a dictionary: the slices ``y_slice`` and
        ``x_slice`` that cut it out of ``img``, ``scale_ratio`` (``s``) and ``aspect_ratio``
        (``a``).

    Raises:
        ValueError: ``img`` is not ``(C, H, W)``, or is empty.
    """
    check_array(img, '(C, H, W)', name='img')
    _, H, W = img.shape
    scale_ratio, aspect_ratio = draw_ratios((H, W), scale_ratio_range, aspect_ratio_range)
    height = max(1, math.floor(math.sqrt(scale_ratio * H * W * aspect_ratio)))
    width = max(1, math.floor(math.sqrt(scale_ratio * H * W / aspect_ratio)))
    part, param = random_crop(img, (height, width), return_param=True, copy=copy)
    ratios = {'scale_ratio': scale_ratio, 'aspect_ratio': aspect_ratio}
    return (part, param | ratios) if return_param else part


def draw_ratios(
    size: tuple[int, int],
    scale_ratio_range: tuple[float, float],
    aspect_ratio_range: tuple[float, float],
) -> tuple[float, float]:
    """Draw the scale and aspect ratio of a part that fits into an image of ``size``.

    Ten trials for a scale within its range; then the largest that fits may be below the range.
    """
    H, W = size
    lowest, highest = scale_ratio_range
    for _ in range(10):
        aspect_ratio = random.uniform(*aspect_ratio_range)
        if random.uniform(0, 1) < 0.5:
            aspect_ratio = 1 / aspect_ratio
        fitting = min(highest, H / (W * aspect_ratio), aspect_ratio * W / H)
        scale_ratio = random.uniform(lowest, highest)
        if lowest <= scale_ratio <= fitting:
            return scale_ratio, aspect_ratio
    return random.uniform(min(lowest, fitting), fitting), aspect_ratio
