"""Tiles as arrays, under ChainerCV's name."""

from typing import Any

import numpy as np

from chainercv_seg.inference.tiles import sliding_layout
from chainercv_seg.utils.arguments import check_array, size_pair


def convolution_crop(
    img: np.ndarray, size: tuple[int, int], stride: tuple[int, int], return_param: bool = False
) -> Any:
    """Cut an image into tiles of one size at constant steps.

    Tiles that stick out of the image are filled with zeros there. In contrast to ChainerCV there
    is at least one tile along each axis, so that every pixel is in a tile.

    Args:
        img: ``(C, H, W)``.
        size: ``(height, width)`` of a tile.
        stride: Steps between tiles, down and right; at most ``size``.
        return_param: Whether to return where the tiles lie as well.

    Returns:
        The tiles, ``(N, C, *size)`` of the type of ``img``, row by row; with ``return_param`` a
        tuple of them and a dictionary of lists of slices, one for each tile: ``y_slices`` and
        ``x_slices``, the part of ``img`` that it covers, and ``crop_y_slices`` and
        ``crop_x_slices``, the same part on the tile.
    """
    check_array(img, '(C, H, W)', name='img')
    size, stride = size_pair(size, name='size'), size_pair(stride, name='stride')
    layout = sliding_layout((img.shape[1], img.shape[2]), size, stride)
    padded = np.pad(img, ((0, 0), *layout.padding))
    tiles = np.stack([padded[:, tile.y.window, tile.x.window] for tile in layout.tiles])
    if not return_param:
        return tiles
    return tiles, {
        'y_slices': [tile.y.image for tile in layout.tiles],
        'x_slices': [tile.x.image for tile in layout.tiles],
        'crop_y_slices': [tile.y.inside for tile in layout.tiles],
        'crop_x_slices': [tile.x.inside for tile in layout.tiles],
    }
