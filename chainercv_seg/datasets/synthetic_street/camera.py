"""The camera: from the street to the image and back.

The street is measured in centimetres: x to the right, y up from the ground, z forward. Places in
the image are counted in sixteenths of a pixel, so that integers are exact enough.
"""

from dataclasses import dataclass

import numpy as np

from chainercv_seg.datasets.synthetic_street.dice import Dice

#: Parts of a pixel.
UNIT = 16
#: Nearest distance that is drawn.
NEAR = 80

Point = tuple[int, int, int]


@dataclass(frozen=True)
class Camera:
    """A pinhole camera that looks forward.

    Attributes:
        size: ``(height, width)`` of the image, pixels.
        focal: Focal length, pixels.
        column: Where the street vanishes, sixteenths of a pixel.
        horizon: Row of the horizon, sixteenths of a pixel.
        eye: Height of the camera above the ground.
    """

    size: tuple[int, int]
    focal: int
    column: int
    horizon: int
    eye: int

    @classmethod
    def throw(cls, dice: Dice, size: tuple[int, int]) -> 'Camera':
        """Draw a camera. Sizes of one shape show the same view."""
        height, width = size
        return cls(
            size,
            focal=max(1, height * dice.between(95, 130) // 100),
            column=UNIT * width * dice.between(32, 68) // 100,
            horizon=UNIT * height * dice.between(36, 54) // 100,
            eye=dice.between(130, 230),
        )

    def project(self, point: Point) -> tuple[int, int]:
        """Place ``(column, row)`` of a point in the image, sixteenths of a pixel."""
        x, y, z = point
        scale = UNIT * self.focal
        return self.column + scale * x // z, self.horizon + scale * (self.eye - y) // z

    def ground(self, rows: slice, columns: slice) -> tuple[np.ndarray, np.ndarray]:
        """Points of the ground: z ``(h, 1)`` and x ``(h, w)``, for rows below the horizon."""
        drop = np.maximum(self._centres(rows)[:, None] - self.horizon, 1)
        z = UNIT * self.focal * self.eye // drop
        return z.astype(np.int32), self._across(z, columns)

    def side(self, x: int, rows: slice, columns: slice) -> tuple[np.ndarray, np.ndarray]:
        """Points of an upright plane along the street: z ``(1, w)`` and y ``(h, w)``."""
        offset = self._centres(columns)[None] - self.column
        offset = np.where(offset * x > 0, np.abs(offset), 1)
        z = np.minimum(UNIT * self.focal * abs(x) // offset, 10**6)
        return z.astype(np.int32), self._up(z, rows)

    def front(self, z: int, rows: slice, columns: slice) -> tuple[np.ndarray, np.ndarray]:
        """Points of an upright plane across the street: x ``(1, w)`` and y ``(h, 1)``."""
        plane = np.array([[z]])
        return self._across(plane, columns), self._up(plane, rows)

    def _across(self, z: np.ndarray, columns: slice) -> np.ndarray:
        scale = UNIT * self.focal
        return ((self._centres(columns)[None] - self.column) * z // scale).astype(np.int32)

    def _up(self, z: np.ndarray, rows: slice) -> np.ndarray:
        drop = (self._centres(rows)[:, None] - self.horizon) * z // (UNIT * self.focal)
        return (self.eye - drop).astype(np.int32)

    @staticmethod
    def _centres(pixels: slice) -> np.ndarray:
        return np.arange(pixels.start, pixels.stop, dtype=np.int64) * UNIT + UNIT // 2
