"""Random cropping."""

import random
from typing import Any

import numpy as np

from chainercv_seg.utils.arguments import check_array, size_pair


def random_crop(
    img: np.ndarray, size: tuple[int, int], return_param: bool = False, copy: bool = False
) -> Any:
    """Cut out a part of a given size, at a random place.

    Draws from Python's ``random`` as ChainerCV does: the same seed, the same crops.

    Args:
        img: ``(C, H, W)``.
        size: ``(height, width)`` of the part.
        return_param: Whether to return what was drawn as well.
        copy: Whether to return a new array instead of a view of ``img``.

    Returns:
        The part, ``(C, *size)``; with ``return_param`` a tuple of it and a dictionary: the slices
        ``y_slice`` and ``x_slice`` that cut it out of ``img``.

    Raises:
        ValueError: ``img`` is not ``(C, H, W)``, or ``size`` is no size, or larger than the image.
    """
    check_array(img, '(C, H, W)', name='img')
    (_, H, W), (height, width) = img.shape, size_pair(size, name='size')
    if height > H or width > W:
        raise ValueError(
            f'cannot cut (height, width) {(height, width)} out of an image of {(H, W)}: '
            f'enlarge or pad the image first, or cut out less'
        )
    y = random.randint(0, H - height)
    x = random.randint(0, W - width)
    param = {'y_slice': slice(y, y + height), 'x_slice': slice(x, x + width)}
    part = img[:, param['y_slice'], param['x_slice']]
    part = part.copy() if copy else part
    return (part, param) if return_param else part
