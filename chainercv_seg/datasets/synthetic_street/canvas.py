"""What is painted on: for each pixel its object, its material and the light on it."""

from collections.abc import Sequence

import numpy as np

from chainercv_seg.datasets.synthetic_street.camera import NEAR, Camera, Point
from chainercv_seg.datasets.synthetic_street.dice import Color, Dice
from chainercv_seg.datasets.synthetic_street.light import NEUTRAL, Light
from chainercv_seg.datasets.synthetic_street.polygon import (
    Region,
    convex_polygon,
)

#: CamVid's classes.
SKY, BUILDING, POLE, ROAD, PAVEMENT, TREE, SIGN, FENCE, CAR, PEDESTRIAN, BICYCLIST = range(11)
VOID = -1


class Canvas:
    """An image in the making: what is painted later hides what was painted before.

    Attributes:
        object: ``(H, W)``: number of the object seen, 0 the sky.
        material: ``(H, W)``: number of the material seen, 0 the sky.
        gain: ``(H, W)``: the light on it, in 1/256.
        labels: Class of each object.
        colors: Colour of each material, the haze between included.
    """

    def __init__(self, camera: Camera, light: Light, dice: Dice) -> None:
        self.camera, self.light, self.dice = camera, light, dice
        self.object = np.zeros(camera.size, np.int16)
        self.material = np.zeros(camera.size, np.int16)
        self.gain = np.full(camera.size, NEUTRAL, np.int16)
        self.labels = [SKY]
        self.colors: list[Color] = [light.haze]

    def region(self, points: Sequence[Point]) -> Region | None:
        """Find the pixels of a convex polygon in the street, None where none is in the image."""
        if any(z < NEAR for _, _, z in points):
            return None
        return convex_polygon([self.camera.project(point) for point in points], self.camera.size)

    def shade(self, region: Region | None, gain: int) -> None:
        """Change the light on what is there already."""
        if region is not None:
            box = self.gain[region.rows, region.columns]
            # int32 first: the product of int16 and a small number overflows in NumPy 1.
            box[region.mask] = (box.astype(np.int32) * gain // NEUTRAL)[region.mask]
