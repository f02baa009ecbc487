"""Images and label maps from and to files, with Pillow."""

import os
from typing import Any

import numpy as np
from PIL import Image

from chainercv_seg.utils.arguments import check_array
from chainercv_seg.utils.color_values import color_values, is_transparent
from chainercv_seg.utils.errors import ImageFileError
from chainercv_seg.utils.label_values import label_values
from chainercv_seg.utils.open_image import File, file_name, open_image
from chainercv_seg.utils.output_files import replaced_file

_ALPHA = {'ignore': None, 'blend_with_white': 255, 'blend_with_black': 0}


def read_image(
    file: File, dtype: Any = np.float32, color: bool = True, alpha: str | None = None
) -> np.ndarray:
    """Read an image, turned as viewers turn it: as its EXIF orientation says, where it has one.

    The formats are PNG, JPEG, BMP, TIFF, GIF, WebP and PPM, told by content. Images are always decoded by
    Pillow, whatever ``chainer.config`` says. 16 bits are scaled to [0, 255]: greys exactly, while of
    colours Pillow keeps the upper 8 bits.

    Args:
        file: A path, or a binary file object.
        dtype: Type of the array.
        color: RGB if true, else greyscale.
        alpha: What to do with transparency, be it an alpha channel or a transparent colour: ``'ignore'``,
            ``'blend_with_white'``, ``'blend_with_black'``, or None to refuse such an image (in greyscale:
            to ignore it, as ChainerCV does).

    Returns:
        ``(3, H, W)`` RGB, or ``(1, H, W)`` if not ``color``, with values in [0, 255].

    Raises:
        FileNotFoundError: There is no such file.
        ImageFileError: The file is damaged, truncated, too large (``CHAINERCV_SEG_MAX_PIXELS``) or not an
            image; it is transparent and ``alpha`` is None; or it is of fractions or 32-bit integers,
            whose range is not known.
        ValueError: ``alpha`` is none of the above.
    """
    if alpha is not None and alpha not in _ALPHA:
        raise ValueError(f'alpha must be None or one of {sorted(_ALPHA)}, not {alpha!r}')
    name, background = file_name(file), None if alpha is None else _ALPHA[alpha]
    with open_image(file) as img:
        if color and alpha is None and is_transparent(img):
            raise ImageFileError(
                f'{name} is a transparent image ({img.mode}). Say what to do with its transparency: '
                f'alpha={" or ".join(map(repr, _ALPHA))}'
            )
        values, opacity = color_values(img, name, color=color, transparent=background is not None)
        if opacity is not None:
            values = values * opacity + background * (1 - opacity)
        elif values.dtype == np.float32 and np.dtype(dtype).kind in 'iu':
            values = values.round()
        return np.ascontiguousarray(values.astype(dtype)).transpose(2, 0, 1)


def read_label(file: File, dtype: Any = np.int32) -> np.ndarray:
    """Read a label map: the values of an indexed or greyscale image, as they are stored.

    It is never turned, whatever EXIF says. The formats are those of :func:`read_image`.

    Args:
        file: A path, or a binary file object.
        dtype: A real type that holds the file's values exactly, or bool: whether they are not 0.

    Returns:
        ``(H, W)``: the palette indices or grey values.

    Raises:
        FileNotFoundError: There is no such file.
        ColorLabelError: It is in colour. An ImageFileError too.
        ImageFileError: The file is damaged, truncated, too large (``CHAINERCV_SEG_MAX_PIXELS``) or not an
            image; it holds values that ``dtype`` cannot; or it cannot be told what its values are.
        ValueError: ``dtype`` is no real type and not bool.
    """
    name, dtype = file_name(file), np.dtype(dtype)
    if dtype.kind not in 'biuf':
        raise ValueError(f'dtype must be a real type or bool, not {dtype.name}')
    with open_image(file) as img:
        values = label_values(img, name)
        with np.errstate(over='ignore'):  # what overflows is found to differ
            label = np.ascontiguousarray(values.astype(dtype))
        if dtype.kind != 'b' and not np.array_equal(label, values):
            raise ImageFileError(
                f'{name} holds labels from {values.min()} to {values.max()}, which '
                f'{dtype.name} cannot hold'
            )
        return label


def write_image(img: np.ndarray, file: File, format: str | None = None) -> None:
    """Write an image.

    Args:
        img: ``(3, H, W)`` RGB or ``(1, H, W)`` greyscale, with values in [0, 255]; fractions are cut.
        file: A path, or a binary file object.
        format: ``'bmp'``, ``'jpeg'`` or ``'png'``; needed for a file object, else told by the suffix.

    Raises:
        ValueError: The array has another shape, or values outside [0, 255], or there is no such format.
        OutputError: The file cannot be written.
    """
    check_array(img, '(3, H, W)', name='img')
    if img.shape[0] not in (1, 3):
        raise ValueError(f'img must be (3, H, W) or (1, H, W), not {img.shape}')
    if img.size and not (img.min() >= 0 and img.max() < 256):
        raise ValueError(f'img must lie in [0, 255], not in [{img.min()}, {img.max()}]')
    array = img.astype(np.uint8)
    image = Image.fromarray(array[0] if len(array) == 1 else array.transpose(1, 2, 0))
    if not isinstance(file, str | os.PathLike):
        image.save(file, format=format)
        return
    suffix = os.path.splitext(file)[1].lower()
    format = format or Image.registered_extensions().get(suffix)
    if format is None:
        raise ValueError(f'{file}: there is no format whose files end in {suffix!r}')
    with replaced_file(file) as opened:
        image.save(opened, format=format)
