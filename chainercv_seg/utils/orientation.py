"""Which way up a photograph is shown: its EXIF data say how its pixels are turned for that."""

import io
import mmap
import os
from collections.abc import Iterable

import numpy as np
from PIL import ExifTags, Image

from chainercv_seg.utils.errors import ImageFileError
from chainercv_seg.utils.open_image import open_image
from chainercv_seg.utils.packed_files import read_packed

_TAG = ExifTags.Base.Orientation
_AS_STORED = 1
#: What of a PNG says that it holds an orientation; it may be behind the pixels.
_PNG_MARKS = (b'eXIf', b'Raw profile type exif', b'XML:com.adobe.xmp')


def orientation(img: Image.Image) -> int:
    """Tell how the pixels of an image have to be turned to be seen as viewers show them.

    Args:
        img: An image. A TIFF needs no turning once it is decoded, since Pillow turns it.

    Returns:
        A number from 1 (not at all) to 8, as EXIF has it. 1 too where it is missing or cannot be read:
        viewers show such images as they are stored.
    """
    try:
        number = img.getexif().get(_TAG, _AS_STORED)
        return int(number) if number in range(1, 9) else _AS_STORED
    except Exception:  # of damaged EXIF data the parser raises whatever it runs into
        return _AS_STORED


def turn(array: np.ndarray, orientation: int) -> np.ndarray:
    """Turn an image as viewers do.

    Args:
        array: ``(H, W, ...)``, the pixels as they are stored.
        orientation: A number from 1 to 8, as EXIF has it.

    Returns:
        ``(H, W, ...)``, or ``(W, H, ...)`` from 5 on; a view.
    """
    if orientation >= 5:
        array = array.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        array = array[::-1]
    if orientation in (2, 3, 6, 7):
        array = array[:, ::-1]
    return array


def turn_back(array: np.ndarray, orientation: int) -> np.ndarray:
    """Undo :func:`turn`."""
    return turn(array, {6: 8, 8: 6}.get(orientation, orientation))


def is_turned(path: str | os.PathLike[str]) -> bool:
    """Tell whether an image is turned when it is read.

    Args:
        path: Its file. One that cannot be read is not: reading it will say why.
    """
    try:
        packed = read_packed(path)
        with open_image(path if packed is None else io.BytesIO(packed)) as img:
            if img.format == 'PNG' and not _holds(path, packed, _PNG_MARKS):
                return False  # without decoding it
            return orientation(img) != _AS_STORED
    except (ImageFileError, OSError):
        return False


def count_turned(paths: Iterable[str | os.PathLike[str]]) -> int:
    """Count the images that are turned when they are read; see :func:`is_turned`."""
    return sum(map(is_turned, paths))


def _holds(path: str | os.PathLike[str], packed: bytes | None, marks: Iterable[bytes]) -> bool:
    if packed is not None:
        return any(mark in packed for mark in marks)
    with open(path, 'rb') as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return any(content.find(mark) >= 0 for mark in marks)
