"""The two backends of resizing: Pillow and OpenCV."""

import importlib.util
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

from chainercv_seg.utils.errors import MissingExtraError

#: Takes a ``(H, W)`` float32 array, the new size ``(height, width)`` and one of Pillow's filters.
ResizeChannel = Callable[[np.ndarray, tuple[int, int], int], np.ndarray]


def resize_backend() -> str:
    """Tell which library :func:`resize` uses: ``'PIL'`` or ``'cv2'``.

    The two give different pixels and therefore different labels, so that a score names it.

    Returns:
        The value of ``chainer.config.cv_resize_backend``, ``'PIL'`` where that is None or not set.
        Chainer is not imported for it: unless something else has, nobody can have set it.

    Raises:
        ValueError: The setting is neither of the two, nor None.
        MissingExtraError: The setting is ``'cv2'`` and OpenCV is not installed.
    """
    chainer = sys.modules.get('chainer')
    backend = getattr(getattr(chainer, 'config', None), 'cv_resize_backend', None)
    if backend is None:
        return 'PIL'
    if backend not in RESIZE_CHANNEL:
        raise ValueError(
            f"chainer.config.cv_resize_backend is {backend!r}; expected 'PIL', 'cv2' or None"
        )
    if backend == 'cv2' and importlib.util.find_spec('cv2') is None:
        raise MissingExtraError(
            "chainer.config.cv_resize_backend is 'cv2', which needs OpenCV, which is not "
            "installed. Install it with: pip install opencv-python-headless (or set 'PIL')"
        )
    return backend


def resize_channel_with_pillow(
    channel: np.ndarray, size: tuple[int, int], interpolation: int
) -> np.ndarray:
    """Resize one channel with Pillow, which smooths when it shrinks."""
    height, width = size
    # Without a mode: Pillow has 'F' for native float32, and deprecates the argument.
    resized = Image.fromarray(channel).resize((width, height), Image.Resampling(interpolation))
    return np.asarray(resized)


def resize_channel_with_opencv(
    channel: np.ndarray, size: tuple[int, int], interpolation: int
) -> np.ndarray:
    """Resize one channel with OpenCV, which does not smooth when it shrinks."""
    cv2: Any = importlib.import_module('cv2')
    filters = {
        Image.Resampling.NEAREST: cv2.INTER_NEAREST,
        Image.Resampling.BILINEAR: cv2.INTER_LINEAR,
        Image.Resampling.BICUBIC: cv2.INTER_CUBIC,
        Image.Resampling.LANCZOS: cv2.INTER_LANCZOS4,
    }
    if interpolation not in filters:
        raise ValueError(
            f'OpenCV resizes with NEAREST, BILINEAR, BICUBIC and LANCZOS of Pillow, not with '
            f'{Image.Resampling(interpolation).name}'
        )
    height, width = size
    return cv2.resize(
        channel, dsize=(width, height), interpolation=filters[Image.Resampling(interpolation)]
    )


RESIZE_CHANNEL: dict[str, ResizeChannel] = {
    'PIL': resize_channel_with_pillow,
    'cv2': resize_channel_with_opencv,
}
