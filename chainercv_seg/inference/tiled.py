"""The plan of networks that take inputs of one size only: PSPNet."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

import numpy as np

from chainercv_seg.engines.cuda.tail import Tail
from chainercv_seg.inference.arrays import Arrays
from chainercv_seg.inference.scales import checked_scales, scaled_size, view_settings
from chainercv_seg.inference.tiles import TILINGS, Layout, Tiling, overlap, plan_layout
from chainercv_seg.transforms import resize_backend
from chainercv_seg.utils.arguments import size_pair

#: How protocols say what is not ChainerCV's.
_TILINGS = {
    'inside': 'the last ones moved into the image',
    'corner': 'the last ones moved into the image, small images at the top left',
}
#: Floats of probabilities that are held at a time where they need not be held all: 4 MB.
BAND = 1 << 20


@dataclass(frozen=True, eq=False)
class TiledViews:
    """Tiles of the image at several scales, each also flipped; probabilities are averaged.

    A network may leave the resizing of its scores to the size of a tile to the plan, which does it
    in passing.

    The image is scaled, then the mean is subtracted and the rest divided by the deviation, then it is
    padded with zeros; a tile is flipped as it is, padding included.

    Attributes:
        input_size: ``(height, width)`` of a tile.
        mean: What is subtracted from the image, ``(3, 1, 1)`` float32; None for nothing.
        scales: Scales of the image; None is ``(1.0,)``.
        flip: Whether each tile is also looked at flipped from left to right.
        stride_rate: Step between tiles, as a share of ``input_size``, in (0, 1].
        std: What the image less the mean is divided by, ``(3, 1, 1)`` float32; None for nothing.
        tiling: How the image is cut into tiles (`Tiling`).
        sum_flips: Whether the scores of a tile and of its flip are summed up before softmax; else
            probabilities are averaged.
        align_corners: How scores are resized: as the network resizes its maps.
    """

    input_size: tuple[int, int]
    mean: np.ndarray | None
    scales: Sequence[float] | None
    flip: bool
    stride_rate: float
    std: np.ndarray | None = None
    tiling: Tiling = 'centered'
    sum_flips: bool = False
    align_corners: bool = True

    def __post_init__(self) -> None:
        """Check what was set."""
        if self.tiling not in TILINGS:
            raise ValueError(f'tiling must be one of {TILINGS}, but got {self.tiling!r}')
        vars(self)['input_size'] = size_pair(self.input_size, name='input_size')
        checked_scales(self.scales)

    @property
    def protocol(self) -> dict[str, str]:
        """What a score depends on."""
        height, width = self.input_size
        protocol = {
            'input': f'tiles of {height}x{width} at {self.stride_rate:.3g} of that',
            **view_settings(self.scales, self.flip),
            'resize': resize_backend(),
        }
        if self.tiling == 'whole':
            protocol['input'] = 'whole image'
        elif self.tiling != 'centered':
            protocol['input'] += f', {_TILINGS[self.tiling]}'
        if self.flip and self.sum_flips:
            protocol['flip'] = 'summed before softmax'
        return protocol

    def plan(self, image: np.ndarray, arrays: Arrays) -> 'TiledPlan':
        """Plan an image ``(3, H, W)`` float32 over operations on arrays where the network is."""
        return TiledPlan(image, arrays, self)


class TiledPlan:
    """What `TiledViews` are of one image."""

    def __init__(self, image: np.ndarray, arrays: Arrays, views: TiledViews) -> None:
        self.image = image
        self.mean, self.std = views.mean, views.std
        self.sum_flips = views.sum_flips
        self.align_corners = views.align_corners
        self.arrays = arrays
        height, width = views.input_size
        self.flips = (False, True) if views.flip else (False,)
        self.size = image.shape[1], image.shape[2]
        self.sizes = [scaled_size(self.size, scale) for scale in checked_scales(views.scales)]
        stride = math.ceil(height * views.stride_rate), math.ceil(width * views.stride_rate)
        self.layouts = [
            plan_layout(size, views.input_size, stride, tiling=views.tiling) for size in self.sizes
        ]

    def inputs(self) -> Iterator[Any]:
        """Make the tiles: views of one padded image, none of them a copy."""
        whole = self.arrays.send(self.image)
        mean = None if self.mean is None else self.arrays.send(self.mean)
        std = None if self.std is None else self.arrays.send(self.std)
        for size, layout in zip(self.sizes, self.layouts, strict=True):
            image = self.arrays.resize_as_image(whole, size)
            if mean is not None:
                image = image - mean
            if std is not None:
                image = image / std
            image = self.arrays.resize_as_image(image, layout.content)
            padded = image
            if np.any(layout.padding):
                padded = self.arrays.xp.pad(image, ((0, 0), *layout.padding))
            for tile in layout.tiles:
                x = padded[:, tile.y.window, tile.x.window]
                for flip in self.flips:
                    yield x[:, :, ::-1] if flip else x

    def tail(self) -> Tail | None:
        """Say how the label map is made of the scores where one tile is all; None where it is not."""
        if not self.is_one_tile():
            return None
        y, x = (span.inside for span in self.layouts[0].tiles[0])
        rows, columns = (y.start, y.stop), (x.start, x.stop)
        return Tail(self.layouts[0].tile, rows, columns, align_corners=self.align_corners)

    def label(self, scores: Iterator[Any]) -> Any:
        """Average over tiles and flips, then over scales, and take the largest."""
        first = next(scores)
        small = self.arrays.in_bands and first.shape[1:] != self.layouts[0].tile
        scores = chain([first], scores)
        if small and len(self.sizes) == 1 and self.layouts[0].content == self.size:
            return self.label_in_bands(self.layouts[0], scores)
        if self.arrays.in_one and self.is_one_tile():
            (tile,) = self.layouts[0].tiles
            part = tile.y.inside, tile.x.inside
            return self.arrays.labels(
                next(scores),
                size=self.layouts[0].tile,
                part=part,
                align_corners=self.align_corners,
            )
        del first
        total: Any = None
        for size, layout in zip(self.sizes, self.layouts, strict=True):
            average = self.average(layout, scores)
            for wanted in (size, self.size):
                average = self.arrays.resize_scores(
                    average, wanted, align_corners=self.align_corners
                )
            if total is None:
                total = average
            else:
                total += average
        if len(self.sizes) > 1:
            total /= len(self.sizes)  # no other class is the largest, but rounding can make equals
        return self.arrays.label_map(total)

    def is_one_tile(self) -> bool:
        """Tell whether one tile decides about all pixels, as they are."""
        alone = len(self.sizes) == len(self.flips) == len(self.layouts[0].tiles) == 1
        return alone and self.layouts[0].content == self.size

    def label_in_bands(self, layout: Layout, scores: Iterator[Any]) -> np.ndarray:
        """Do what `label` does from scores that are still small, without a map of them at full size.

        Such a map is many times the cache, and passes over it take longer than what they compute.
        """
        held = list(islice(scores, len(layout.tiles) * len(self.flips)))
        height, width = self.size
        labels = np.empty(self.size, np.int32)
        lines = max(1, BAND // (len(held[0]) * width))

        def work(start: int, stop: int) -> None:
            for first in range(start, stop, lines):
                rows = slice(first, min(stop, first + lines))
                labels[rows] = self.arrays.label_map(self.average(layout, iter(held), rows))

        self.arrays.divide(work, height)
        return labels

    def average(self, layout: Layout, scores: Iterator[Any], rows: slice | None = None) -> Any:
        """Average the probabilities of one scale.

        Args:
            layout: Where the tiles lie.
            scores: Of each tile, and of its flip.
            rows: Which rows to average; all of them, if None.

        Returns:
            ``(n_class, *layout.content)``, or only so many rows.
        """
        rows = slice(0, layout.content[0]) if rows is None else rows
        total: Any = None
        for tile in layout.tiles:
            y, inside = overlap(tile.y, rows)
            for tile_scores in self.scores_of_tile(scores):
                if total is None:
                    shape = len(tile_scores), rows.stop - rows.start, layout.content[1]
                    total = self.arrays.zeros(shape, tile_scores.dtype)
                if y.start < y.stop:
                    self.arrays.add_probabilities(
                        total[:, y, tile.x.image],
                        tile_scores,
                        size=layout.tile,
                        part=(inside, tile.x.inside),
                        align_corners=self.align_corners,
                    )
                del tile_scores  # before the next ones are computed
        total /= layout.counts(rows, self.arrays.xp) * (1 if self.sum_flips else len(self.flips))
        return total

    def scores_of_tile(self, scores: Iterator[Any]) -> Iterator[Any]:
        """Take the scores of one tile and of its flip, turned back, or their sum."""
        flips = (next(scores)[:, :, ::-1] if flip else next(scores) for flip in self.flips)
        if not self.sum_flips:
            yield from flips
            return
        total = next(flips)
        for flipped in flips:
            total = total + flipped
        yield total
