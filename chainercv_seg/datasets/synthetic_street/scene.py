"""A whole scene: what stands where, painted from far to near, and photographed."""

from collections.abc import Callable

import numpy as np

from chainercv_seg.datasets.synthetic_street.camera import Camera
from chainercv_seg.datasets.synthetic_street.canvas import VOID, Canvas
from chainercv_seg.datasets.synthetic_street.dice import Dice
from chainercv_seg.datasets.synthetic_street.ground import (
    Street,
    paint_ground,
    paint_house_shadow,
)
from chainercv_seg.datasets.synthetic_street.layout import lay_out
from chainercv_seg.datasets.synthetic_street.light import Light
from chainercv_seg.datasets.synthetic_street.sky import sky_image


def draw_scene(seed: tuple[int, ...], size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Draw a street scene.

    Args:
        seed: Non-negative integers below 2^32. One seed gives one scene: the same bytes always, and
            the same view at all sizes of one shape.
        size: ``(height, width)``.

    Returns:
        The image, ``(3, *size)`` uint8 RGB, and the label map, ``(*size)`` int32: CamVid's classes,
        and -1 where two objects meet.
    """
    dice = Dice(*seed)
    camera = Camera.throw(dice, size)
    canvas = Canvas(camera, Light.throw(dice), dice)
    street = Street.throw(dice)
    paint_ground(canvas, street)
    paint_house_shadow(canvas, street)
    for _, paint in sorted(lay_out(canvas, street), key=_distance, reverse=True):
        paint()
    return _photograph(canvas), _label_map(canvas)


def _distance(item: tuple[int, Callable[[], None]]) -> int:
    return item[0]


def _label_map(canvas: Canvas) -> np.ndarray:
    label = np.array(canvas.labels, dtype=np.int32)[canvas.object]
    for axis in (0, 1):
        objects, labels = np.moveaxis(canvas.object, axis, 0), np.moveaxis(label, axis, 0)
        meet = objects[:-1] != objects[1:]
        labels[:-1][meet] = labels[1:][meet] = VOID
    return label


def _photograph(canvas: Canvas) -> np.ndarray:
    """Turn materials and light into an image: colours, a soft lens, exposure, grain."""
    light = canvas.light
    colors = np.array(canvas.colors, dtype=np.int32).T
    img = colors.take(canvas.material, axis=1)
    img *= canvas.gain
    img >>= 8
    sky = canvas.object == 0
    rows = int(sky.any(axis=1).nonzero()[0].max(initial=-1)) + 1
    np.copyto(img[:, :rows], sky_image(canvas, rows), where=sky[:rows])
    img = _blur(_blur(img.clip(0, 400), 1), 2)
    img = img * np.array(light.cast, dtype=np.int32)[:, None, None] >> 12
    img += canvas.dice.grain(img.shape) * light.grain >> 4
    return img.clip(0, 255).astype(np.uint8)


def _blur(img: np.ndarray, axis: int) -> np.ndarray:
    """Weigh neighbours 1, 2, 1 along an axis; the sum is four times as large."""
    img = np.moveaxis(img, axis, 0)
    total = 2 * img
    total[1:] += img[:-1]
    total[0] += img[0]
    total[:-1] += img[1:]
    total[-1] += img[-1]
    return np.moveaxis(total, 0, axis)
