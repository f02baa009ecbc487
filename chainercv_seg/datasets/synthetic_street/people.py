"""Pedestrians and bicyclists."""

from chainercv_seg.datasets.synthetic_street.brush import Brush
from chainercv_seg.datasets.synthetic_street.canvas import BICYCLIST, PEDESTRIAN, Canvas
from chainercv_seg.datasets.synthetic_street.dice import Color, Dice
from chainercv_seg.datasets.synthetic_street.ground import paint_shadow
from chainercv_seg.datasets.synthetic_street.polygon import CIRCLE

_SKINS: tuple[Color, ...] = ((225, 180, 150), (195, 145, 115), (140, 95, 70), (95, 65, 50))
_HAIRS: tuple[Color, ...] = ((35, 28, 25), (80, 55, 38), (150, 120, 75), (175, 172, 168))

#: What riders wear to be seen, and what bicycles are painted with.
_BRIGHT: tuple[Color, ...] = ((225, 235, 50), (250, 130, 25), (240, 60, 130), (120, 225, 70))

_TYRE: Color = (28, 28, 30)


def paint_pedestrian(canvas: Canvas, x: int, z: int) -> None:
    """Paint somebody on foot, about 170 cm tall."""
    dice, gain = canvas.dice, canvas.light.camera
    tall = dice.between(145, 188)
    brush = Brush(canvas, PEDESTRIAN, z)
    top, trousers, skin = dice.any_color(), dice.tint(dice.any_color(), 20), dice.choose(_SKINS)
    paint_shadow(canvas, x, z, (38, 28), 150)
    step, hip, neck = dice.between(4, 26), tall * 48 // 100, tall * 84 // 100
    for side, shade in ((-1, -30), (1, 0)):
        foot = x + side * max(step, 9)
        brush.limb((foot, 5), (x + side * 8, hip), z, 15, trousers, gain + shade)
        brush.box(foot + 3, 0, z, 20, 8, (35, 32, 30), gain)
    if dice.chance(25):  # a skirt or a coat
        hem = tall * dice.between(22, 34) // 100
        sides = [(x - 22, hem, z), (x + 22, hem, z), (x + 15, neck, z), (x - 15, neck, z)]
        brush.fill(sides, top, gain, round=50)
    swing = dice.between(0, 18)
    for side in (-1, 1):
        brush.limb(
            (x + side * 19, neck - 6), (x + side * (20 + swing), hip - 4), z, 11, top, gain - 25
        )
        brush.disc(x + side * (20 + swing), hip - 8, z, (6, 7), skin, gain)
    body = [(x - 16, hip - 6, z), (x + 16, hip - 6, z), (x + 23, neck - 8, z), (x + 12, neck + 2, z),
            (x - 12, neck + 2, z), (x - 23, neck - 8, z)]  # fmt: skip
    brush.fill(body, top, gain, round=50)
    if dice.chance(30):
        brush.box(x + dice.choose((-26, 0, 26)), hip, z, 22, 36, dice.any_color(), gain, round=30)
    _head(brush, dice, x, neck + (tall - neck) // 2, z, skin, gain)


def paint_bicyclist(canvas: Canvas, x: int, z: int, *, across: bool) -> None:
    """Paint somebody on a bicycle, seen from the side (across the street) or along it."""
    dice, gain = canvas.dice, canvas.light.camera
    brush = Brush(canvas, BICYCLIST, z)
    top, trousers, skin = dice.tint(dice.choose(_BRIGHT), 15), dice.any_color(), dice.choose(_SKINS)
    frame = dice.tint(dice.choose(_BRIGHT), 30)
    ahead = dice.choose((-1, 1))
    paint_shadow(canvas, x, z, (85 if across else 30, 25), 150)
    if not across:
        brush.disc(x, 34, z, (6, 34), _TYRE, gain)
        for side, shoe in ((-1, 18), (1, 42)):
            brush.limb((x + side * 13, shoe), (x + side * 11, 95), z, 14, trousers, gain)
        brush.box(x, 104, z, 58, 5, (40, 40, 42), gain)
        for side in (-1, 1):
            brush.limb((x + side * 19, 138), (x + side * 26, 105), z, 10, top, gain - 20)
        body = [(x - 17, 88, z), (x + 17, 88, z), (x + 22, 138, z), (x + 10, 148, z),
                (x - 10, 148, z), (x - 22, 138, z)]  # fmt: skip
        brush.fill(body, top, gain, round=50)
        _head(brush, dice, x, 162, z, skin, gain, helmet=True)
        return
    for hub in (x - 52, x + 52):
        _wheel(brush, hub, z, gain)
    saddle, bars, pedals = (x - ahead * 22, 92), (x + ahead * 40, 100), (x - ahead * 4, 34)
    for start, stop in ((saddle, pedals), (bars, pedals), (saddle, bars), ((x - ahead * 52, 34), pedals),
                        ((x + ahead * 52, 34), bars), ((x - ahead * 52, 34), saddle)):  # fmt: skip
        brush.limb(start, stop, z, 6, frame, gain)
    knee, foot = (x + ahead * 16, 74), (x + ahead * dice.between(-10, 12), dice.between(18, 34))
    brush.limb((saddle[0], 98), knee, z, 17, trousers, gain)
    brush.limb(foot, knee, z, 13, trousers, gain - 20)
    shoulder = (x + ahead * 12, 142)
    brush.limb((saddle[0], 92), shoulder, z, 34, top, gain)
    brush.disc(shoulder[0], 136, z, (18, 16), top, gain)
    brush.limb(shoulder, bars, z, 10, top, gain - 30)
    _head(brush, dice, x + ahead * 22, 164, z, skin, gain, helmet=True)


def _head(
    brush: Brush,
    dice: Dice,
    x: int,
    y: int,
    z: int,
    skin: Color,
    gain: int,
    *,
    helmet: bool = False,
) -> None:
    hat = dice.tint(dice.choose(_BRIGHT), 30) if helmet else dice.choose(_HAIRS)
    brush.disc(x, y + 3, z, (11, 13), hat, gain, round=40)
    if dice.chance(60):
        brush.disc(x, y - 3, z, (8, 10), skin, gain, round=40)


def _wheel(brush: Brush, x: int, z: int, gain: int) -> None:
    """Paint a tyre. What is seen between the spokes is bicyclist too, as annotators see it."""
    outer, inner = (
        brush.canvas.region([(x + c * r // 256, 34 + s * r // 256, z) for c, s in CIRCLE])
        for r in (35, 28)
    )
    if outer is None:
        return
    brush.claim(outer)
    if inner is not None:
        rows = slice(inner.rows.start - outer.rows.start, inner.rows.stop - outer.rows.start)
        left = outer.columns.start
        columns = slice(inner.columns.start - left, inner.columns.stop - left)
        outer.mask[rows, columns] &= ~inner.mask
    brush.paint(outer, brush.mix(_TYRE), gain)
    brush.limb((x, 8), (x, 60), z, 2, (120, 120, 122), gain)
    brush.limb((x - 26, 34), (x + 26, 34), z, 2, (120, 120, 122), gain)
