"""An image on a plot."""

from typing import Any

import numpy as np

from chainercv_seg.utils.arguments import check_able, check_array
from chainercv_seg.utils.extras import require_extra


def vis_image(img: np.ndarray | None, ax: Any = None) -> Any:
    """Show an image.

    Args:
        img: ``(3, H, W)`` RGB in [0, 255]; None shows nothing.
        ax: The Matplotlib axes to show it on; None makes new ones, in a new figure.

    Returns:
        The axes.

    Raises:
        MissingExtraError: Matplotlib is not installed.
        ValueError: ``img`` is no array of three axes, or ``ax`` are no axes.
    """
    if img is not None:
        check_array(img, '(3, H, W)', name='img')
    if ax is not None:
        check_able(ax, 'imshow', name='ax')
    pyplot = require_extra('matplotlib.pyplot', extra='plot', purpose='vis_image')
    if ax is None:
        ax = pyplot.figure().add_subplot()
    if img is not None:
        ax.imshow(img.transpose(1, 2, 0).clip(0, 255).astype(np.uint8))
    return ax
