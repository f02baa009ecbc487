"""The sky: brighter at the horizon, with clouds."""

import numpy as np

from chainercv_seg.datasets.synthetic_street.camera import UNIT
from chainercv_seg.datasets.synthetic_street.canvas import Canvas
from chainercv_seg.datasets.synthetic_street.noise import clouds, sample


def sky_image(canvas: Canvas, rows: int) -> np.ndarray:
    """Draw the sky of the first rows of an image.

    Returns:
        ``(3, rows, W)`` int32, about [0, 255].
    """
    light, dice, camera = canvas.light, canvas.dice, canvas.camera
    height, width = camera.size
    row = np.arange(rows, dtype=np.int32)[:, None]
    column = np.arange(width, dtype=np.int32)[None]
    horizon = max(1, camera.horizon // UNIT)
    lower = np.minimum(row * 256 // horizon, 256)
    # Clouds get smaller towards the horizon, as on a plane above. 512 is the size of the noise.
    near = np.maximum(horizon - row, 0) + height // 6 + 1
    across = (column - width // 2) * 128 // near
    ahead = 128 * height // near
    density = sample(clouds(), 2 * ahead + dice.between(0, 511), across + dice.between(0, 511))
    cover = ((density + light.clouds - 110) * 3).clip(0, 230) * (light.clouds > 0)
    white = dice.between(215, 250)
    cloud = white + density // 6
    channels = []
    for above, air in zip(light.zenith, light.haze, strict=True):
        clear = above + (air - above) * lower // 256
        channels.append(clear + ((cloud - clear) * cover >> 8))
    return np.stack(channels)
