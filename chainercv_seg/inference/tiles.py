"""Tiles: where network inputs of one size lie on an image. Pure planning."""

import math
from typing import Any, Literal, NamedTuple, get_args

import numpy as np

from chainercv_seg.transforms.resize_contain import plan_containment

Size = tuple[int, int]
#: How an image is cut into tiles. ``'centered'``, ChainerCV's: where the image's longer side exceeds the
#: longer side of the input, tiles slide over it, the first and last sticking out alike; else it is one
#: tile, shrunk if it must be. ``'inside'``, semseg's: the last tiles are moved back into the image, and
#: it is padded where it is smaller than a tile, on both sides alike. ``'corner'``, that of the original
#: in Caffe: likewise, but it is padded below and to the right alone. ``'whole'``, as mmsegmentation does
#: without tiles: the whole image is one tile, whatever its size.
Tiling = Literal['centered', 'inside', 'corner', 'whole']
TILINGS: tuple[Tiling, ...] = get_args(Tiling)


class Span(NamedTuple):
    """One axis of a tile."""

    window: slice  # the tile, on the padded image
    image: slice  # the part of the image that it covers
    inside: slice  # the same part, on the tile


class Tile(NamedTuple):
    """One tile."""

    y: Span
    x: Span


class Layout(NamedTuple):
    """How an image is cut into tiles."""

    content: Size  # (height, width) to which the image is resized first
    padding: tuple[Size, Size]  # zeros (above, below), (left, right) of it
    tile: Size  # (height, width) of a tile
    tiles: list[Tile]  # row by row

    def counts(self, rows: slice, xp: Any = np) -> Any:
        """Count the tiles over each pixel of some rows: float32, all positive, of NumPy or CuPy."""
        counts = xp.zeros((rows.stop - rows.start, self.content[1]), dtype=np.float32)
        for tile in self.tiles:
            y, _ = overlap(tile.y, rows)
            if y.start < y.stop:
                counts[y, tile.x.image] += 1
        return counts


def overlap(span: Span, rows: slice) -> tuple[slice, slice]:
    """Find where some rows of an image and a tile meet.

    Returns:
        The rows both have, counted from the first of ``rows``, and counted on the tile. The first ends
        where it begins, or before, if there are none.
    """
    start, stop = max(span.image.start, rows.start), min(span.image.stop, rows.stop)
    shift = span.inside.start - span.image.start
    return slice(start - rows.start, stop - rows.start), slice(start + shift, stop + shift)


def plan_layout(
    size: Size, input_size: Size, stride: Size, *, tiling: Tiling = 'centered'
) -> Layout:
    """Lay an image out for a network of a fixed input size, as PSPNet does.

    Args:
        size: ``(height, width)`` of the image.
        input_size: ``(height, width)`` of a tile.
        stride: Steps between tiles, down and right.
        tiling: How: see `Tiling`.
    """
    if tiling == 'whole':
        return inside_layout(size, size, size, centered=True)
    if tiling != 'centered':
        return inside_layout(size, input_size, stride, centered=tiling == 'inside')
    if max(size) > max(input_size):
        return sliding_layout(size, input_size, stride)
    y_offset, x_offset, content = plan_containment(size, input_size)
    y, above_below = contain(content[0], input_size[0], y_offset)
    x, left_right = contain(content[1], input_size[1], x_offset)
    return Layout(content, (above_below, left_right), input_size, [Tile(y, x)])


def contain(length: int, size: int, offset: int) -> tuple[Span, Size]:
    """Lay one tile along one axis, the image at ``offset`` on it; also return the padding."""
    span = Span(slice(0, size), slice(0, length), slice(offset, offset + length))
    return span, (offset, size - offset - length)


def sliding_layout(size: Size, tile_size: Size, stride: Size) -> Layout:
    """Lay tiles over an image at constant steps, the first and last sticking out alike.

    Args:
        size: ``(height, width)`` of the image.
        tile_size: ``(height, width)`` of a tile.
        stride: Steps between tiles, down and right; at most the tile's size, so that every pixel
            is covered.
    """
    rows, above_below = slide(size[0], tile_size[0], stride[0])
    columns, left_right = slide(size[1], tile_size[1], stride[1])
    tiles = [Tile(y, x) for y in rows for x in columns]
    return Layout(size, (above_below, left_right), tile_size, tiles)


def inside_layout(size: Size, tile_size: Size, stride: Size, *, centered: bool) -> Layout:
    """Lay tiles over an image at constant steps but for the last ones, which end where the image does.

    Args:
        size: ``(height, width)`` of the image.
        tile_size: ``(height, width)`` of a tile.
        stride: Steps between tiles, down and right; at most the tile's size.
        centered: Whether an image that is smaller than a tile lies in the middle of it, an odd pixel of
            padding behind it; else at the top left.
    """
    rows, above_below = slide_inside(size[0], tile_size[0], stride[0], centered=centered)
    columns, left_right = slide_inside(size[1], tile_size[1], stride[1], centered=centered)
    tiles = [Tile(y, x) for y in rows for x in columns]
    return Layout(size, (above_below, left_right), tile_size, tiles)


def slide_inside(length: int, size: int, stride: int, *, centered: bool) -> tuple[list[Span], Size]:
    """Lay tiles along one axis that end where it ends, and return the padding before and after it.

    Raises:
        ValueError: The steps are not positive, or leave gaps.
    """
    check_stride(stride, size)
    padding = max(size - length, 0)
    before = padding // 2 if centered else 0
    count = math.ceil((length + padding - size) / stride) + 1
    starts = [min(i * stride, length + padding - size) for i in range(count)]
    return [span(start, size, before, length) for start in starts], (before, padding - before)


def slide(length: int, size: int, stride: int) -> tuple[list[Span], Size]:
    """Lay tiles along one axis.

    At least one: ChainerCV lays none where ``length <= size - stride``, and predicts zeros.

    Returns:
        The tiles, and the padding before and after the image that they need; an odd pixel is
        before.

    Raises:
        ValueError: The steps are not positive, or leave gaps.
    """
    check_stride(stride, size)
    count = max(1, math.ceil((length - size) / stride) + 1)
    extent = size + stride * (count - 1)
    before = (extent - length + 1) // 2
    spans = [span(start, size, before, length) for start in range(0, count * stride, stride)]
    return spans, (before, extent - length - before)


def check_stride(stride: int, size: int) -> None:
    """Refuse steps that are not positive, or leave gaps between tiles of a size."""
    if not 0 < stride <= size:
        raise ValueError(f'the stride of tiles of {size} pixels should be 1 to {size}: {stride}')


def span(start: int, size: int, before: int, length: int) -> Span:
    """Describe a tile that begins at a position of an axis with so much padding before its length."""
    first, last = max(start, before), min(start + size, before + length)
    return Span(
        window=slice(start, start + size),
        image=slice(first - before, last - before),
        inside=slice(first - start, last - start),
    )
