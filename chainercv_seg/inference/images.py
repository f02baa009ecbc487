"""The images that go in, checked."""

from collections.abc import Iterable, Iterator

import numpy as np


def checked_images(images: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """Check images one by one, as they are asked for.

    Args:
        images: Arrays ``(3, H, W)``, RGB in [0, 255], of any sizes.

    Yields:
        The images as float32; other real types are converted.

    Raises:
        ValueError: What was given is one image instead of several, or an image is not
            ``(3, H, W)``, is empty, is not of real numbers, or holds NaN or infinity. The message
            names the position of the image in the input.
    """
    if isinstance(images, np.ndarray) and images.ndim in (2, 3):
        raise ValueError(
            f'expected several images (a list, another iterable, or an array (B, 3, H, W)); found '
            f'one array of shape {images.shape}: put a single image into a list, predict([img])'
        )
    for index, image in enumerate(images):
        yield checked_image(image, index)


def checked_image(image: np.ndarray, index: int) -> np.ndarray:
    """Check the image at position ``index`` of the input; return it as float32."""
    array = np.asarray(image)
    if array.ndim != 3 or array.shape[0] != 3:
        hint = ': move the channels to the front' if array.shape[2:] == (3,) else ''
        raise ValueError(
            f'image {index} should have the shape (3, H, W), but has {array.shape}{hint}'
        )
    if array.size == 0:
        raise ValueError(f'image {index} is empty: its shape is {array.shape}')
    if array.dtype.kind not in 'iuf':
        raise ValueError(
            f'image {index} should hold real numbers in [0, 255], but its type is {array.dtype}'
        )
    with np.errstate(over='ignore'):  # becomes infinity, which is refused below
        array = array.astype(np.float32, copy=False)
    if not np.isfinite(array).all():
        raise ValueError(f'image {index} holds NaN or infinity')
    return array
