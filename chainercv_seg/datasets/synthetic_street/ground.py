"""Road and pavement, their markings, and the shadows on them."""

from dataclasses import dataclass

import numpy as np

from chainercv_seg.datasets.synthetic_street.brush import Brush
from chainercv_seg.datasets.synthetic_street.camera import NEAR, UNIT
from chainercv_seg.datasets.synthetic_street.canvas import PAVEMENT, ROAD, Canvas
from chainercv_seg.datasets.synthetic_street.dice import Color, Dice
from chainercv_seg.datasets.synthetic_street.light import NEUTRAL
from chainercv_seg.datasets.synthetic_street.noise import clouds, grains, sample
from chainercv_seg.datasets.synthetic_street.polygon import CIRCLE, Region

_ROADS: tuple[Color, ...] = (
    (95, 95, 98), (75, 76, 80), (110, 109, 108), (88, 90, 94),
)  # fmt: skip
_PAVEMENTS: tuple[Color, ...] = (
    (180, 172, 158), (175, 155, 130), (165, 118, 98), (200, 192, 178), (170, 140, 112),
)  # fmt: skip


@dataclass(frozen=True)
class Street:
    """Where things are across the street, in centimetres from the camera; left is negative.

    Attributes:
        kerbs: Edges of the road, left and right.
        fronts: Where the houses stand.
        end: How far the street goes.
    """

    kerbs: tuple[int, int]
    fronts: tuple[int, int]
    end: int

    @classmethod
    def throw(cls, dice: Dice) -> 'Street':
        """Draw a street, with the camera on one of its lanes."""
        left, right = -dice.between(210, 560), dice.between(210, 560)
        widths = dice.between(180, 450), dice.between(180, 450)
        gardens = dice.choose((0, 0, 150, 350)), dice.choose((0, 0, 150, 350))
        fronts = (left - widths[0] - gardens[0], right + widths[1] + gardens[1])
        return cls((left, right), fronts, dice.between(3500, 11000))


def paint_ground(canvas: Canvas, street: Street) -> None:
    """Paint everything below the horizon."""
    dice, camera = canvas.dice, canvas.camera
    height, width = camera.size
    top = min(height, camera.horizon // UNIT + 1)
    region = Region(slice(top, height), slice(0, width), np.ones((height - top, width), bool))
    z, x = camera.ground(region.rows, region.columns)
    near = 256 * 1200 // (1200 + z)  # fine texture fades with the distance

    pavement = _paving(dice, x, z, near)
    color = dice.tint(dice.choose(_PAVEMENTS), 18)
    for side in (0, 1):
        brush = Brush(canvas, PAVEMENT, 0)
        kerb = np.abs(x - street.kerbs[side]) < 18
        there = (x < street.kerbs[0]) if side == 0 else (x >= street.kerbs[1])
        material = np.where(
            kerb, brush.mix(dice.tint((165, 163, 158), 25)), brush.mix(dice.tint(color, 8))
        )
        brush.paint(region._replace(mask=there), material, pavement)
    brush = Brush(canvas, ROAD, 0)
    road = Region(region.rows, region.columns, (x >= street.kerbs[0]) & (x < street.kerbs[1]))
    paint = _markings(dice, street, x, z)
    white, tar = dice.tint((205, 203, 190), 25), dice.tint(dice.choose(_ROADS), 16)
    material = np.where(paint, brush.mix(white), brush.mix(tar))
    brush.paint(road, material, _asphalt(dice, x, z, near))


def _asphalt(dice: Dice, x: np.ndarray, z: np.ndarray, near: np.ndarray) -> np.ndarray:
    """Gain of a road: coarse grains, stains along the lanes, and patches."""
    fine = sample(grains(), z >> 1, x >> 1) * near * dice.between(6, 24) >> 14
    stains = sample(clouds(), z >> 3, x >> 1) * dice.between(10, 45) >> 7
    start, side = dice.between(300, 2500), dice.between(-400, 300)
    patch = (z > start) & (z < start + dice.between(150, 900))
    patch = patch & (np.abs(x - side) < dice.between(40, 150))
    return NEUTRAL + fine + stains - patch * dice.choose((0, 20, 40))


def _paving(dice: Dice, x: np.ndarray, z: np.ndarray, near: np.ndarray) -> np.ndarray:
    """Gain of a pavement: slabs with joints, each slab of its own brightness."""
    wide, long = dice.choose(((40, 40), (60, 60), (60, 90), (90, 60), (25, 25)))
    joint = ((x % wide) < 4) | ((z % long) < 4 + z // 200)
    slabs = sample(grains(), z // long, x // wide) * near >> 11
    fine = sample(grains(), z >> 1, x >> 1) * near >> 12
    dirt = sample(clouds(), z >> 2, x >> 1) * dice.between(5, 30) >> 7
    return NEUTRAL + slabs + fine + dirt - (joint * near * dice.between(40, 75) >> 8)


def _markings(dice: Dice, street: Street, x: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Which points of a road are painted: lanes, edges, a crossing; worn in places."""
    left, right = street.kerbs
    middle = (left + right) // 2
    painted = np.zeros(x.shape, bool)
    if dice.chance(75):
        dash = (z + dice.between(0, 500)) % 600 < dice.choose((300, 600))
        painted |= (np.abs(x - middle) < 8) & dash
    edge = dice.between(20, 60)
    if dice.chance(60):
        painted |= (np.abs(x - left - edge) < 6) | (np.abs(x - right + edge) < 6)
    start = dice.between(500, 2500)
    if dice.chance(30):
        painted |= (z > start) & (z < start + 320) & (x % 100 < 50)
    return painted & (sample(clouds(), z >> 1, x) < dice.between(20, 100))


def paint_shadow(canvas: Canvas, x: int, z: int, radii: tuple[int, int], gain: int) -> None:
    """Darken an ellipse on the ground, radii across and along the street."""
    z = max(z, NEAR + radii[1])
    points = [(x + radii[0] * c // 256, 0, z + radii[1] * s // 256) for c, s in CIRCLE]
    canvas.shade(canvas.region(points), gain)


def paint_house_shadow(canvas: Canvas, street: Street) -> None:
    """Darken the side of the street that the houses keep the sun from."""
    light, dice = canvas.light, canvas.dice
    side = 0 if light.sun < 0 else 1
    reach = dice.between(100, 900)
    edge = street.fronts[side] - light.sun * reach
    outer = light.sun * 20000
    step = dice.between(700, 1500)
    for start in range(NEAR, street.end, step):
        inner, stop = edge + dice.between(-150, 150), start + step
        quad = [(inner, 0, start), (inner, 0, stop), (outer, 0, stop), (outer, 0, start)]
        canvas.shade(canvas.region(quad), light.shadow)
