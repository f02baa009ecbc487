"""Houses: boxes with windows, along the street and across its end."""

from dataclasses import dataclass

import numpy as np

from chainercv_seg.datasets.synthetic_street.brush import Brush
from chainercv_seg.datasets.synthetic_street.camera import NEAR, Point
from chainercv_seg.datasets.synthetic_street.canvas import BUILDING, Canvas
from chainercv_seg.datasets.synthetic_street.dice import Color, Dice
from chainercv_seg.datasets.synthetic_street.light import NEUTRAL
from chainercv_seg.datasets.synthetic_street.noise import clouds, grains, sample

_WALLS: tuple[Color, ...] = (
    (150, 85, 65), (120, 70, 60), (195, 175, 140), (225, 220, 210), (165, 160, 155), (105, 105, 108),
    (205, 185, 120), (190, 140, 120), (135, 150, 165), (150, 160, 135), (80, 75, 75), (180, 150, 110),
)  # fmt: skip
_GLASS: tuple[Color, ...] = ((45, 50, 60), (70, 85, 105), (30, 32, 35), (110, 125, 140))


@dataclass(frozen=True)
class Facade:
    """How the walls of a house look. Lengths in centimetres.

    Attributes:
        wall: Colour.
        glass: Colour of the windows.
        frame: Colour of their frames.
        base: Colour of the ground floor.
        bay: Distance between windows.
        window: Width of a window.
        floor: Height of a floor.
        sill: Where a window begins above the floor.
        lintel: Where it ends.
        bricks: Whether the wall is of bricks.
        shop: Whether the ground floor has a shop's wide windows.
    """

    wall: Color
    glass: Color
    frame: Color
    base: Color
    bay: int
    window: int
    floor: int
    sill: int
    lintel: int
    bricks: bool
    shop: bool

    @classmethod
    def throw(cls, dice: Dice) -> 'Facade':
        """Draw a style."""
        wall = dice.tint(dice.choose(_WALLS), 30)
        bay, floor = dice.between(170, 380), dice.between(280, 370)
        sill = dice.between(70, 110)
        return cls(
            wall=wall,
            glass=dice.tint(dice.choose(_GLASS), 18),
            frame=dice.tint(dice.choose(((230, 228, 222), (90, 70, 55), (60, 62, 66))), 15),
            base=dice.tint(wall, 40),
            bay=bay,
            window=bay * dice.between(35, 68) // 100,
            floor=floor,
            sill=sill,
            lintel=sill + dice.between(120, 170),
            bricks=dice.chance(45),
            shop=dice.chance(40),
        )


def paint_house(
    canvas: Canvas, x: int, z: tuple[int, int], height: int, *, depth: int, roof: int
) -> None:
    """Paint a house beside the street.

    Args:
        canvas: What to paint on.
        x: Where its front stands; its sign tells the side.
        z: Where it begins and ends along the street.
        height: Its height up to the roof.
        depth: How far it goes back from the street.
        roof: Height of the roof, 0 for a flat one.
    """
    style = Facade.throw(canvas.dice)
    tiles = canvas.dice.tint(canvas.dice.choose(((130, 75, 60), (80, 78, 82), (100, 85, 75))), 20)
    side = 1 if x > 0 else -1
    start, stop = max(z[0], NEAR), z[1]
    brush = Brush(canvas, BUILDING, max(start, (start + stop) // 3))
    back = x + side * depth
    if roof:
        middle = x + side * depth // 2
        slope = [(x, height, start), (middle, height + roof, start), (middle, height + roof, stop),
                 (x, height, stop)]  # fmt: skip
        gable = [(x, height, start), (middle, height + roof, start), (back, height, start)]
        brush.fill(slope, tiles, (canvas.light.facing(-side) + NEUTRAL) // 2)
        brush.fill(gable, style.wall, canvas.light.facing(0))
    end = [(x, 0, start), (back, 0, start), (back, height, start), (x, height, start)]
    _paint_wall(brush, end, style, canvas.light.facing(0), height)
    front = [(x, 0, start), (x, height, start), (x, height, stop), (x, 0, stop)]
    _paint_wall(brush, front, style, canvas.light.facing(-side), height, origin=z[0])


def paint_facing_house(canvas: Canvas, x: tuple[int, int], z: int, height: int) -> None:
    """Paint a house that faces the camera, with a flat roof."""
    style = Facade.throw(canvas.dice)
    wall = [(x[0], 0, z), (x[1], 0, z), (x[1], height, z), (x[0], height, z)]
    _paint_wall(Brush(canvas, BUILDING, z), wall, style, canvas.light.facing(0), height)


def _paint_wall(
    brush: Brush,
    corners: list[Point],
    style: Facade,
    gain: int,
    height: int,
    origin: int | None = None,
) -> None:
    """Paint a wall: along the street where an origin is given, across it otherwise."""
    canvas = brush.canvas
    materials = [brush.mix(color) for color in (style.wall, style.base, style.frame, style.glass)]
    wobble, lit = canvas.dice.between(0, 127), canvas.dice.between(10, 60)
    region = canvas.region(corners)
    if region is None:
        return
    x, _, z = corners[0]
    if origin is None:
        across, y = canvas.camera.front(z, region.rows, region.columns)
        u, distance = across - x, np.array([[z]], np.int32)
    else:
        distance, y = canvas.camera.side(x, region.rows, region.columns)
        u = distance - origin
    window, frame = _windows(style, u, y, height)
    material = np.where(y < style.floor - 15, materials[1], materials[0])
    material = np.where(frame, materials[2], material)
    material = np.where(window, materials[3], material)
    panes = sample(grains(), y // style.floor * 7 + wobble, u // style.bay * 13) * lit >> 6
    texture = np.where(window, panes + (y % style.floor >> 3), _plaster(style, u, y, distance))
    brush.paint(region, material, (gain * (NEUTRAL + texture) >> 8).astype(np.int16))


def _windows(
    style: Facade, u: np.ndarray, y: np.ndarray, height: int
) -> tuple[np.ndarray, np.ndarray]:
    """Which points are glass, and which are glass or frame."""
    across, up = u % style.bay, y % style.floor
    aside = np.abs(2 * across - style.bay)  # twice the distance from the middle of the window
    upper = (y >= style.floor) & (y - up + style.lintel + 30 < height)
    glass = (aside < style.window - 14) & (up > style.sill + 7) & (up < style.lintel - 7)
    frame = (aside < style.window) & (up > style.sill) & (up < style.lintel)
    bars = (aside < 8) | (np.abs(2 * up - style.sill - style.lintel) < 8)
    pane, bottom = (across > 25, 45) if style.shop else (aside < style.window, style.sill)
    below = pane & (y > bottom) & (y < style.floor - 60)
    return (glass & ~bars & upper) | below, (frame & upper) | below


def _plaster(style: Facade, u: np.ndarray, y: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """Gain of a wall besides 256: stains, grains or bricks, a ledge under each floor."""
    near = 256 * 900 // (900 + distance)
    stains = sample(clouds(), y >> 1, u >> 1) >> 3
    ledge = (y % style.floor < 14) * 22
    if not style.bricks:
        return stains + ledge + (sample(grains(), y >> 1, u >> 1) * near >> 12)
    course = y // 12
    brick = sample(grains(), course, (u + (course & 1) * 13) // 26) * near >> 11
    joint = (y % 12 < 3) * (near * 40 >> 8)
    return stains + ledge + brick - joint
