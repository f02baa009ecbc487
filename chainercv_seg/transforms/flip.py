"""Flipping."""

import numpy as np


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
        ValueError: ``img`` is not three-dimensional.
    """
    if img.ndim != 3:
        raise ValueError(f'flip needs an array (C, H, W); found shape {img.shape}')
    flipped = img[:, :: -1 if y_flip else 1, :: -1 if x_flip else 1]
    return flipped.copy() if copy else flipped
