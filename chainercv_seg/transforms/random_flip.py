"""Random flipping."""

import random
from typing import Any

import numpy as np

from chainercv_seg.transforms.flip import flip


def random_flip(
    img: np.ndarray,
    y_random: bool = False,
    x_random: bool = False,
    return_param: bool = False,
    copy: bool = False,
) -> Any:
    """Flip an image, each way with a probability of one half.

    Draws from Python's ``random`` as ChainerCV does: the same seed, the same flips.

    Args:
        img: ``(C, H, W)``.
        y_random: Whether top and bottom may change places.
        x_random: Whether left and right may change places.
        return_param: Whether to return what was drawn as well.
        copy: Whether to return a new array instead of a view of ``img``.

    Returns:
        The image; with ``return_param`` a tuple of it and a dictionary: ``y_flip`` and ``x_flip``,
        which say what was done.
    """
    y_flip = random.choice([True, False]) if y_random else False
    x_flip = random.choice([True, False]) if x_random else False
    flipped = flip(img, y_flip, x_flip, copy)
    return (flipped, {'y_flip': y_flip, 'x_flip': x_flip}) if return_param else flipped
