"""Flipping."""

import numpy as np

from chainercv_seg.utils.arguments import check_array


def flip(
    img: np.ndarray, y_flip: bool = False, x_flip: bool = False, copy: bool = False
) -> np.ndarray:
    """Flip an image.

    Args:
        img: ``(C, H, W)``.
        y_flip: Whether top and bottom change places.
        x_flip: Whether left and right change places.
        copy: Whether to return a new array instead of a view of ``img``.

    Returns:
        The flipped image, of the shape and type of ``img``.

    Raises:
        ValueError: ``img`` is not ``(C, H, W)``.
    """
    check_array(img, '(C, H, W)', name='img')
    flipped = img[:, :: -1 if y_flip else 1, :: -1 if x_flip else 1]
    return flipped.copy() if copy else flipped
