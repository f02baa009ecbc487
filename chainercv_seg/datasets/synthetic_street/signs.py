"""Poles with lamps, road signs and traffic lights."""

from chainercv_seg.datasets.synthetic_street.brush import Brush
from chainercv_seg.datasets.synthetic_street.camera import Point
from chainercv_seg.datasets.synthetic_street.canvas import POLE, SIGN, Canvas
from chainercv_seg.datasets.synthetic_street.dice import Color
from chainercv_seg.datasets.synthetic_street.polygon import CIRCLE

_METALS: tuple[Color, ...] = (
    (75, 78, 80), (55, 58, 62), (50, 66, 54), (62, 54, 50),
)  # fmt: skip
_RED: Color = (185, 30, 35)
_BLUE: Color = (30, 70, 165)
_WHITE: Color = (235, 235, 232)
_YELLOW: Color = (235, 195, 40)
_GREEN: Color = (25, 110, 70)
_BLACK: Color = (25, 25, 27)


def paint_pole(canvas: Canvas, x: int, z: int, height: int, width: int) -> None:
    """Paint an upright pole."""
    brush = Brush(canvas, POLE, z)
    color = canvas.dice.tint(canvas.dice.choose(_METALS), 12)
    brush.box(x, 0, z, width, height, color, canvas.light.camera, round=90)


def paint_lamp_post(canvas: Canvas, x: int, z: int) -> None:
    """Paint a lamp post, its arm over the road."""
    dice, gain = canvas.dice, canvas.light.camera
    brush = Brush(canvas, POLE, z)
    color = dice.tint(dice.choose(_METALS), 12)
    height, width, reach = dice.between(480, 850), dice.between(24, 34), dice.between(90, 190)
    towards = -1 if x > 0 else 1
    brush.box(x, 0, z, width, height, color, gain, round=90)
    brush.box(x, 0, z, width * 3 // 2, 90, color, gain, round=90)
    end = x + towards * reach
    brush.limb((x, height - 12), (end, height + 10), z, 14, color, gain)
    brush.box(end, height - 2, z, 65, 22, color, gain)


def paint_sign(canvas: Canvas, x: int, z: int) -> None:
    """Paint a road sign on a pole: a disc, a triangle, an octagon or a board."""
    dice, gain = canvas.dice, canvas.light.camera
    kind = dice.choose(('disc', 'disc', 'triangle', 'octagon', 'board', 'diamond', 'wide'))
    low, size = dice.between(200, 260), dice.between(38, 58)
    middle = low + size
    wide = size * 2 if kind == 'wide' else size
    pole_height = middle if kind in ('triangle', 'wide') else middle + size // 2
    paint_pole(canvas, x, z, pole_height, dice.between(15, 20))
    brush = Brush(canvas, SIGN, z)

    def plate(share: int, color: Color) -> None:
        """Fill the shape of the sign, this percentage of it in size."""
        w, h = wide * share // 100, size * share // 100
        if kind == 'disc':
            offsets = [(w * c // 256, h * s // 256) for c, s in CIRCLE]
        elif kind == 'octagon':
            offsets = [(w * c // 256, h * s // 256) for c, s in CIRCLE[1::2]]
        elif kind == 'triangle':
            offsets = [(-w, -h * 3 // 4), (w, -h * 3 // 4), (0, h)]
        elif kind == 'diamond':
            offsets = [(-w, 0), (0, -h), (w, 0), (0, h)]
        else:
            offsets = [(-w, -h), (w, -h), (w, h), (-w, h)]
        corners: list[Point] = [(x + dx, middle + dy, z) for dx, dy in offsets]
        brush.fill(corners, color, gain)

    border, face, mark = dice.choose(
        {
            'disc': ((_RED, _WHITE, _BLACK), (_WHITE, _BLUE, _WHITE), (_WHITE, _RED, _WHITE)),
            'triangle': ((_RED, _WHITE, _BLACK), (_RED, _YELLOW, _BLACK)),
            'octagon': ((_WHITE, _RED, _WHITE),),
            'diamond': ((_BLACK, _YELLOW, _BLACK), (_WHITE, _YELLOW, _WHITE)),
            'board': ((_WHITE, _BLUE, _WHITE), (_BLACK, _WHITE, _BLACK), (_WHITE, _RED, _WHITE)),
            'wide': ((_WHITE, _BLUE, _WHITE), (_WHITE, _GREEN, _WHITE), (_BLACK, _YELLOW, _BLACK)),
        }[kind]
    )
    plate(100, dice.tint(border, 15))
    plate(78, dice.tint(face, 15))
    for row in range(2 if kind == 'wide' else 1):
        brush.box(x, middle - 8 + 22 * row - (11 if kind == 'wide' else 0), z, wide, 12, mark, gain)


def paint_traffic_light(canvas: Canvas, x: int, z: int) -> None:
    """Paint a traffic light on a pole."""
    dice, gain = canvas.dice, canvas.light.camera
    low, unit = dice.between(215, 260), dice.between(26, 34)
    paint_pole(canvas, x, z, low + unit, dice.between(15, 20))
    brush = Brush(canvas, SIGN, z)
    frame: Color = dice.choose(((70, 72, 74), (40, 40, 42), _WHITE, _YELLOW))
    brush.box(x, low, z, unit * 5 // 3, unit * 4, frame, gain)
    brush.box(x, low + 5, z, unit * 4 // 3, unit * 4 - 10, _BLACK, gain)
    on = dice.between(0, 2)
    for place, color in enumerate(((40, 220, 120), (245, 180, 40), (245, 50, 40))):
        dim = (color[0] // 4, color[1] // 4, color[2] // 4)
        middle = low + unit * (4 * place + 3) // 3
        brush.disc(x, middle, z, (unit // 2, unit // 2), color if place == on else dim)
