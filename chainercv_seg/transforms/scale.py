"""Resizing one edge to a given length."""

import numpy as np
from PIL import Image

from chainercv_seg.transforms.resize import resize
from chainercv_seg.utils.arguments import check_array, positive_int


def scale(
    img: np.ndarray,
    size: int,
    fit_short: bool = True,
    interpolation: int = Image.Resampling.BILINEAR,
) -> np.ndarray:
    """Resize an image so that its shorter or longer edge has a length; the other one follows.

    Args:
        img: ``(C, H, W)``.
        size: The length of the edge.
        fit_short: Whether it is the shorter edge, or the longer.
        interpolation: As in :func:`resize`.

    Returns:
        ``(C, H', W')`` of the type of ``img``, the other edge rounded down, at least one pixel;
        ``img`` itself where the edge has that length already.

    Raises:
        ValueError: ``img`` is not ``(C, H, W)``, or is empty, or ``size`` is no positive integer.
    """
    check_array(img, '(C, H, W)', name='img')
    size = positive_int(size, name='size')
    _, H, W = img.shape
    edge = min(H, W) if fit_short else max(H, W)
    if edge == 0:
        raise ValueError(f'img must not be empty; found shape {img.shape}')
    if edge == size:
        return img
    # Not size / edge first: ChainerCV multiplies before it divides, which rounds otherwise.
    height, width = (max(1, int(size * length / edge)) for length in (H, W))
    return resize(img, (height, width), interpolation)
