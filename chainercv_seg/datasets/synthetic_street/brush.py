"""What paints one object: flat shapes that face the camera, and any convex polygon."""

from collections.abc import Sequence

import numpy as np

from chainercv_seg.datasets.synthetic_street.camera import NEAR, Point
from chainercv_seg.datasets.synthetic_street.canvas import Canvas
from chainercv_seg.datasets.synthetic_street.dice import Color
from chainercv_seg.datasets.synthetic_street.light import NEUTRAL
from chainercv_seg.datasets.synthetic_street.polygon import CIRCLE, Region, rectangle


class Brush:
    """Paints one object.

    Args:
        canvas: What to paint on.
        label: Class of the object.
        distance: How far away it is, for the haze, in centimetres.
    """

    def __init__(self, canvas: Canvas, label: int, distance: int) -> None:
        self.canvas, self.distance = canvas, distance
        self.number = len(canvas.labels)
        canvas.labels.append(label)

    def mix(self, color: Color) -> int:
        """Make a material and return its number."""
        self.canvas.colors.append(self.canvas.light.hazy(color, self.distance))
        return len(self.canvas.colors) - 1

    def claim(self, region: Region) -> None:
        """Make pixels part of the object, and leave what is seen there: it is seen through."""
        self.canvas.object[region.rows, region.columns][region.mask] = self.number

    def paint(
        self, region: Region, material: int | np.ndarray, gain: int | np.ndarray = NEUTRAL
    ) -> None:
        """Paint pixels; material and gain are numbers, or arrays that fit the mask."""
        rows, columns, mask = region
        self.claim(region)
        for plane, value in ((self.canvas.material, material), (self.canvas.gain, gain)):
            box = plane[rows, columns]
            box[mask] = (
                value if isinstance(value, int) else np.broadcast_to(value, mask.shape)[mask]
            )

    def fill(
        self, points: Sequence[Point], color: Color, gain: int = NEUTRAL, *, round: int = 0
    ) -> None:
        """Paint a convex polygon in the street.

        Args:
            points: Its corners, in order.
            color: Its colour.
            gain: The light on it.
            round: How much brighter than its middle the side of the sun is, in 1/256; the other
                side is as much darker.
        """
        self._fill(self.canvas.region(points), color, gain, round)

    def _fill(self, region: Region | None, color: Color, gain: int, round: int) -> None:
        if region is None:
            return
        material = self.mix(color)
        if round:
            width = region.mask.shape[1]
            across = (2 * np.arange(width)[None] + 1 - width) * self.canvas.light.sun
            self.paint(region, material, gain + round * across // width)
        else:
            self.paint(region, material, gain)

    def box(
        self,
        x: int,
        y: int,
        z: int,
        width: int,
        height: int,
        color: Color,
        gain: int = NEUTRAL,
        *,
        round: int = 0,
    ) -> None:
        """Paint an upright rectangle across the street; x is its middle, y its lower edge."""
        if z < NEAR:
            return
        camera = self.canvas.camera
        start = camera.project((x - width // 2, y + height, z))
        stop = camera.project((x + (width + 1) // 2, y, z))
        self._fill(rectangle(start, stop, camera.size), color, gain, round)

    def disc(
        self,
        x: int,
        y: int,
        z: int,
        radii: tuple[int, int],
        color: Color,
        gain: int = NEUTRAL,
        *,
        round: int = 0,
    ) -> None:
        """Paint an upright ellipse across the street around a point."""
        points = [(x + radii[0] * c // 256, y + radii[1] * s // 256, z) for c, s in CIRCLE]
        self.fill(points, color, gain, round=round)

    def limb(
        self,
        start: tuple[int, int],
        stop: tuple[int, int],
        z: int,
        width: int,
        color: Color,
        gain: int = NEUTRAL,
    ) -> None:
        """Paint a bar from one point (x, y) to another, across the street."""
        (x0, y0), (x1, y1), half = start, stop, max(1, width // 2)
        if abs(x1 - x0) > abs(y1 - y0):
            corners = [(x0, y0 - half), (x1, y1 - half), (x1, y1 + half), (x0, y0 + half)]
        else:
            corners = [(x0 - half, y0), (x1 - half, y1), (x1 + half, y1), (x0 + half, y0)]
        self.fill([(x, y, z) for x, y in corners], color, gain)
