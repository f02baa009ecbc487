"""Resizing to a given size."""

import numpy as np
from PIL import Image

from chainercv_seg.transforms._backends import RESIZE_CHANNEL, ResizeChannel, resize_backend
from chainercv_seg.utils.arguments import check_array


def resize(
    img: np.ndarray, size: tuple[int, int], interpolation: int = Image.Resampling.BILINEAR
) -> np.ndarray:
    """Resize an image, a score map or a label map to a size.

    The library is Pillow unless ``chainer.config.cv_resize_backend`` is ``'cv2'``
    (:func:`resize_backend` tells). ChainerCV takes OpenCV where it is installed and the setting is
    None: set ``'cv2'`` to compare with such scores.

    Args:
        img: ``(C, H, W)``. Float32 is resized as it is. Other types are computed in float32 and
            returned in their own type, integers rounded and clipped to their range; with
            ``NEAREST`` every value of every type survives as it is (so labels, -1 among them, are
            safe).
        size: The new ``(height, width)``.
        interpolation: ``PIL.Image.NEAREST``, ``BILINEAR``, ``BICUBIC`` or ``LANCZOS``.

    Returns:
        ``(C, *size)``, of the type of ``img``.

    Raises:
        ValueError: ``img`` is not ``(C, H, W)``, or it or ``size`` is empty.
        MissingExtraError: The setting is ``'cv2'`` and OpenCV is not installed.
    """
    check_array(img, '(C, H, W)', name='img')
    height, width = (int(length) for length in size)
    if (not img.size and len(img)) or height < 1 or width < 1:
        raise ValueError(
            f'resize needs an array (C, H, W) and a size (height, width), none of H, W, height and '
            f'width zero; found an array of shape {img.shape} and size {size}'
        )
    resize_channel = RESIZE_CHANNEL[resize_backend()]
    if interpolation == Image.Resampling.NEAREST:
        rows = nearest_positions(img.shape[1], height, resize_channel)
        columns = nearest_positions(img.shape[2], width, resize_channel)
        return img[:, rows[:, None], columns]

    out = np.empty((len(img), height, width), dtype=img.dtype)
    for channel, out_channel in zip(img, out, strict=True):
        resized = resize_channel(
            np.asarray(channel, dtype=np.float32), (height, width), interpolation
        )
        if img.dtype.kind in 'iu':
            limits = np.iinfo(img.dtype)
            resized = resized.round().clip(limits.min, limits.max)
        out_channel[...] = resized
    return out


def nearest_positions(length: int, new_length: int, resize_channel: ResizeChannel) -> np.ndarray:
    """Tell which of ``length`` positions a backend takes for each of ``new_length``.

    It resizes the positions themselves, so that arrays of types that it does not know can be
    indexed with the answer. Float32 holds every position below 2^24.
    """
    positions = np.arange(length, dtype=np.float32)[None]
    taken = resize_channel(positions, (1, new_length), Image.Resampling.NEAREST)
    return taken[0].astype(np.intp)
