"""Cars and vans, along the street, seen from behind or from the front."""

from dataclasses import dataclass

from chainercv_seg.datasets.synthetic_street.brush import Brush
from chainercv_seg.datasets.synthetic_street.camera import NEAR, Point
from chainercv_seg.datasets.synthetic_street.canvas import CAR, Canvas
from chainercv_seg.datasets.synthetic_street.dice import Color
from chainercv_seg.datasets.synthetic_street.ground import paint_shadow
from chainercv_seg.datasets.synthetic_street.polygon import CIRCLE

_COLORS: tuple[Color, ...] = (
    (230, 230, 228), (30, 31, 34), (150, 153, 158), (95, 98, 104), (150, 30, 30), (35, 60, 120),
    (50, 80, 65), (200, 170, 60), (110, 80, 60), (70, 120, 160),
)  # fmt: skip
_TYRE: Color = (24, 24, 26)


@dataclass(frozen=True)
class Shape:
    """Lengths of a car, centimetres; of the cabin, its lower and upper ends along the car."""

    width: int
    length: int
    waist: int
    height: int
    lower: tuple[int, int]
    upper: tuple[int, int]


SHAPES = (
    Shape(175, 430, 88, 145, (25, 330), (85, 250)),  # a saloon
    Shape(170, 380, 92, 150, (8, 290), (35, 210)),  # a small car
    Shape(178, 450, 90, 150, (5, 340), (30, 260)),  # an estate car
    Shape(190, 470, 100, 172, (8, 360), (30, 280)),  # a tall one
    Shape(195, 520, 110, 225, (0, 430), (8, 380)),  # a van
)


def paint_car(canvas: Canvas, x: int, z: int, *, oncoming: bool) -> None:
    """Paint a car whose nearer end is at a distance z and whose middle is at x."""
    dice, light = canvas.dice, canvas.light
    shape = dice.choose(SHAPES)
    color = dice.tint(dice.choose(_COLORS), 18)
    glass = dice.tint((48, 54, 62), 18)
    z = max(z, NEAR)
    far = z + shape.length
    left, right = x - shape.width // 2, x + shape.width // 2
    brush = Brush(canvas, CAR, z)

    spread = (shape.width * 5 // 8, shape.length * 9 // 16)
    paint_shadow(canvas, x, z + shape.length // 2, spread, 120)
    inset = 12

    def end(y0: int, y1: int, z0: int, z1: int, narrow: tuple[int, int] = (0, 0)) -> list[Point]:
        """Corners of what faces the camera, narrower at its lower and upper edge."""
        a, b = narrow
        return [(left + a, y0, z0), (right - a, y0, z0), (right - b, y1, z1), (left + b, y1, z1)]

    def along(distance: int) -> int:
        """Distance of a place of the car, counted from its rear."""
        return far - distance if oncoming else z + distance

    near_low, far_low = sorted(along(place) for place in shape.lower)
    near_high, far_high = sorted(along(place) for place in shape.upper)
    waist, top = shape.waist, shape.height
    # Upper faces, far ones first.
    brush.fill(end(waist, waist, z, far), color, 285)
    brush.fill(end(waist, top, far_low, far_high, (inset, 2 * inset)), color, light.camera)
    brush.fill(end(top, top, near_high, far_high, (2 * inset, 2 * inset)), color, 300)

    # The side that shows: the left one of a car on the right.
    if left > 0 or right < 0:
        side, lean = (left, 1) if left > 0 else (right, -1)
        gain = light.facing(-lean)
        flank = [(side, 28, z), (side, waist, z), (side, waist, far), (side, 28, far)]
        brush.fill(flank, color, gain)
        sill = [(side, 28, z), (side, 40, z), (side, 40, far), (side, 28, far)]
        brush.fill(sill, (40, 40, 42), gain)
        low, high = side + lean * inset, side + 2 * lean * inset
        cabin = [(low, waist, near_low), (high, top, near_high), (high, top, far_high),
                 (low, waist, far_low)]  # fmt: skip
        brush.fill(cabin, color, gain)
        pane = [(low, waist + 4, near_low + 25), (high, top - 9, near_high + 12),
                (high, top - 9, far_high - 12), (low, waist + 4, far_low - 25)]  # fmt: skip
        brush.fill(pane, glass, gain)
        post = (near_high + far_high) // 2
        pillar = [(low, waist, post - 6), (high, top, post - 6), (high, top, post + 6),
                  (low, waist, post + 6)]  # fmt: skip
        brush.fill(pillar, color, gain)
        for wheel in (z + 75, far - 80):
            for radius, paint in ((34, _TYRE), (20, (125, 126, 130))):
                rim = [(side, 33 + radius * s // 256, wheel + radius * c // 256) for c, s in CIRCLE]
                brush.fill(rim, paint, gain)

    # What faces the camera.
    for wheel in (left + 14, right - 14):
        brush.box(wheel, 0, z + 20, 26, 40, _TYRE)
    brush.fill(end(waist, top, near_low, near_high, (inset, 2 * inset)), color, light.camera)
    screen = end(waist + 5, top - 9, near_low, near_high, (inset + 10, 2 * inset + 8))
    brush.fill(screen, glass, light.camera + 25)
    brush.fill(end(26, waist, z, z), color, light.camera, round=25)
    brush.fill(end(26, 44, z, z), dice.tint(color, 30), light.camera * 3 // 4)
    lamp: Color = (235, 232, 215) if oncoming else (165, 25, 25)
    height = waist - 26
    for place in (left + 17, right - 17):
        brush.box(place, waist - height // 2, z, 28, height // 3, lamp)
    plate: Color = (225, 225, 220) if oncoming else dice.choose(((225, 190, 60), (225, 225, 220)))
    brush.box(x, 40, z, 50, 13, plate)
