"""Fences along the street: boards, bars or wire between posts."""

import numpy as np

from chainercv_seg.datasets.synthetic_street.brush import Brush
from chainercv_seg.datasets.synthetic_street.camera import NEAR
from chainercv_seg.datasets.synthetic_street.canvas import FENCE, Canvas
from chainercv_seg.datasets.synthetic_street.dice import Color
from chainercv_seg.datasets.synthetic_street.light import NEUTRAL

_COLORS: tuple[Color, ...] = (
    (120, 85, 55), (95, 65, 45), (55, 105, 75), (60, 85, 120), (140, 100, 60),
)  # fmt: skip
#: Names of the kinds: what is between two bars of a see-through fence is what lies behind it.
KINDS = ('boards', 'bars', 'rails', 'wire')


class Fence:
    """A fence along the street, painted in pieces so that things can stand behind and before it.

    Args:
        canvas: What to paint on.
        x: Where it stands, centimetres.
        height: Its height.
    """

    def __init__(self, canvas: Canvas, x: int, height: int) -> None:
        dice = canvas.dice
        self.x, self.height = x, height
        self.kind = dice.choose(KINDS)
        self.color = dice.tint(dice.choose(_COLORS), 15)
        self.pitch = {'boards': 16, 'bars': 16, 'rails': 200, 'wire': 20}[self.kind]
        self.brush = Brush(canvas, FENCE, 1200)

    def paint(self, start: int, stop: int) -> None:
        """Paint the piece between two distances."""
        canvas, x, height = self.brush.canvas, self.x, self.height
        start = max(start, NEAR)
        if start >= stop:
            return
        corners = [(x, 0, start), (x, height, start), (x, height, stop), (x, 0, stop)]
        region = canvas.region(corners)
        if region is None:
            return
        z, y = canvas.camera.side(x, region.rows, region.columns)
        material = self.brush.mix(self.color)
        gain = canvas.light.facing(-1 if x > 0 else 1)
        place = z % self.pitch
        post = z % 200 < 12
        rail = (np.abs(y - height * 4 // 5) < 5) | (np.abs(y - height // 4) < 5)
        if self.kind == 'boards':
            texture = (z // self.pitch * 37 % 32) - 16 - 90 * (place < 3) - 40 * rail
            solid = np.ones(region.mask.shape, bool)
        else:
            texture = 40 * rail - 20 * post
            solid = post | rail | (np.abs(y - height) < 8)
            if self.kind == 'bars':
                solid = solid | (place < 9)
            elif self.kind == 'rails':
                solid = solid | (np.abs(y % 40 - 20) < 12)
            else:
                solid = solid | ((z + y) % self.pitch < 6) | ((z - y) % self.pitch < 6)
        # What is seen through the fence is fence too, as annotators see it.
        self.brush.claim(region)
        shade = np.broadcast_to(gain * (NEUTRAL + texture) >> 8, region.mask.shape)
        self.brush.paint(region._replace(mask=region.mask & solid), material, shade)
