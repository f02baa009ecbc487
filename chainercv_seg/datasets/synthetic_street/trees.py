"""Trees: a trunk and a crown of leaves; and hedges."""

import numpy as np

from chainercv_seg.datasets.synthetic_street.brush import Brush
from chainercv_seg.datasets.synthetic_street.camera import NEAR, UNIT
from chainercv_seg.datasets.synthetic_street.canvas import TREE, Canvas
from chainercv_seg.datasets.synthetic_street.dice import Color
from chainercv_seg.datasets.synthetic_street.light import NEUTRAL
from chainercv_seg.datasets.synthetic_street.noise import clouds, grains, sample
from chainercv_seg.datasets.synthetic_street.polygon import Region

_LEAVES: tuple[Color, ...] = (
    (70, 100, 45), (50, 80, 40), (90, 115, 60), (120, 125, 50), (165, 120, 45), (150, 85, 45),
    (60, 70, 50), (105, 95, 70), (45, 60, 45),
)  # fmt: skip


def paint_tree(canvas: Canvas, x: int, z: int, height: int, spread: int) -> None:
    """Paint a tree; ``spread`` is half the width of its crown, centimetres."""
    dice = canvas.dice
    brush = Brush(canvas, TREE, z)
    trunk = height * dice.between(22, 42) // 100
    bark = dice.tint((85, 70, 55), 25)
    width = dice.between(20, 45)
    brush.box(x, 0, z, width, trunk + height // 8, bark, canvas.light.camera, round=70)
    for lean in (-1, 1):
        top = (x + lean * spread // 3, trunk + height // 5)
        brush.limb((x, trunk * 4 // 5), top, z, width // 2, bark, canvas.light.camera)
    paint_leaves(brush, x, (height + trunk) // 2, z, (spread, (height - trunk) // 2))


def paint_leaves(brush: Brush, x: int, y: int, z: int, radii: tuple[int, int]) -> None:
    """Paint a crown around a point: an ellipse with a ragged edge, holes, and light from above."""
    canvas, camera = brush.canvas, brush.canvas.camera
    dice, light = canvas.dice, canvas.light
    color = dice.tint(dice.choose(_LEAVES), 22)
    material = brush.mix(color)
    ragged = dice.between(150, 260)
    depth = dice.between(25, 60)
    v0, u0 = dice.between(0, 511), dice.between(0, 511)
    if z < NEAR:
        return
    (left, top) = camera.project((x - radii[0] * 5 // 4, y + radii[1] * 5 // 4, z))
    (right, bottom) = camera.project((x + radii[0] * 5 // 4, y - radii[1] * 5 // 4, z))
    H, W = camera.size
    rows = slice(max(0, top // UNIT), min(H, bottom // UNIT + 1))
    columns = slice(max(0, left // UNIT), min(W, right // UNIT + 1))
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return
    u, v = camera.front(z, rows, columns)
    # From the middle of the crown, in 1/256 of its radii.
    u = (u - x) * 256 // radii[0]
    v = (v - y) * 256 // radii[1]
    lumps = sample(clouds(), v + v0, u + u0)
    twigs = sample(grains(), (v >> 4) + u0, (u >> 4) + v0)
    inside = 65536 - u * u - v * v + lumps * ragged + twigs * 40
    leaves = sample(grains(), (v >> 3) + v0, (u >> 3) + u0) * depth >> 7
    gain = 236 + leaves + (lumps * depth >> 6) + (v >> 3) + (u * light.sun >> 4)
    gain = gain * (light.camera + NEUTRAL) >> 9
    brush.paint(
        Region(rows, columns, inside > 12000), material, gain.clip(40, 500).astype(np.int16)
    )


def paint_hedge(canvas: Canvas, x: int, z: tuple[int, int], height: int) -> None:
    """Paint a hedge along the street."""
    brush = Brush(canvas, TREE, z[0])
    step = height
    for start in range(z[1], z[0], -step):
        paint_leaves(brush, x, height // 2, start, (step, height * 5 // 8))
