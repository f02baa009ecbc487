"""Images and label maps from and to files, with Pillow."""

import os
import struct
from collections.abc import Callable
from contextlib import ExitStack
from typing import IO, Any

import numpy as np
from PIL import Image

from chainercv_seg.utils.errors import ImageFileError
from chainercv_seg.utils.output_files import replaced_file
from chainercv_seg.utils.regular_file import open_regular

File = str | os.PathLike[str] | IO[bytes]

#: What Pillow raises while it reads a file that is damaged, truncated or no image.
_UNREADABLE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    struct.error,
    Image.DecompressionBombError,
)

_ALPHA = {'ignore': None, 'blend_with_white': 255, 'blend_with_black': 0}
_LABEL_MODES = ('P', 'L', '1', 'I', 'I;16', 'I;16B', 'I;16L', 'I;16N')


def read_image(
    file: File, dtype: Any = np.float32, color: bool = True, alpha: str | None = None
) -> np.ndarray:
    """Read an image.

    Images are always decoded by Pillow, whatever ``chainer.config`` says.

    Args:
        file: A path, or a binary file object.
        dtype: Type of the array.
        color: RGB if true, else greyscale.
        alpha: What to do with the transparency of an RGBA image: ``'ignore'``,
            ``'blend_with_white'``, ``'blend_with_black'``, or None to refuse such an image.

    Returns:
        ``(3, H, W)`` RGB, or ``(1, H, W)`` if not ``color``, with values in [0, 255].

    Raises:
        FileNotFoundError: There is no such file.
        ImageFileError: The file is damaged, truncated or not an image, or it is RGBA and ``alpha``
            is None.
        ValueError: ``alpha`` is none of the above.
    """
    if alpha is not None and alpha not in _ALPHA:
        raise ValueError(f'alpha must be None or one of {sorted(_ALPHA)}, not {alpha!r}')
    if not color:
        return _decode(file, lambda img: np.array(img.convert('L'), dtype=dtype))[np.newaxis]

    def rgb(img: Image.Image) -> np.ndarray:
        if img.mode != 'RGBA':
            return np.array(img.convert('RGB'), dtype=dtype)
        if alpha is None:
            raise ImageFileError(
                f'{_name(file)} is an RGBA image. Say what to do with its transparency: '
                f'alpha={" or ".join(map(repr, _ALPHA))}'
            )
        array = np.array(img)
        background = _ALPHA[alpha]
        if background is None:
            return array[:, :, :3].astype(dtype)
        weight = array[:, :, 3:] / 255
        return (array[:, :, :3] * weight + background * (1 - weight)).astype(dtype)

    return _decode(file, rgb).transpose(2, 0, 1)


def read_label(file: File, dtype: Any = np.int32) -> np.ndarray:
    """Read a label map: the values of an indexed or greyscale image, as they are.

    Args:
        file: A path, or a binary file object.
        dtype: An integer type that holds the file's values.

    Returns:
        ``(H, W)``: the palette indices or grey values.

    Raises:
        FileNotFoundError: There is no such file.
        ImageFileError: The file is damaged, truncated or not an image; it is in colour; or it holds
            values that ``dtype`` cannot.
    """

    def values(img: Image.Image) -> np.ndarray:
        if img.mode not in _LABEL_MODES:
            raise ImageFileError(
                f'{_name(file)} is a {img.mode} image, not a label map. Expected an indexed or '
                'greyscale image whose values are classes. Colours have to be turned into '
                'classes first: read them with read_image and look them up in the label colors'
            )
        array = np.array(img)
        limit = np.iinfo(dtype)
        if array.size and (array.max() > limit.max or array.min() < limit.min):
            raise ImageFileError(
                f'{_name(file)} holds labels from {array.min()} to {array.max()}, which '
                f'{np.dtype(dtype).name} cannot hold'
            )
        return array.astype(dtype)

    return _decode(file, values)


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
    if img.ndim != 3 or img.shape[0] not in (1, 3):
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


def _decode(file: File, convert: Callable[[Image.Image], np.ndarray]) -> np.ndarray:
    try:
        with ExitStack() as stack:
            if isinstance(file, str | os.PathLike):
                file = stack.enter_context(open_regular(file))
            return convert(stack.enter_context(Image.open(file)))
    except (FileNotFoundError, ImageFileError):
        raise
    except Image.UnidentifiedImageError as error:
        raise ImageFileError(f'{_name(file)} cannot be read as an image: it is none') from error
    except _UNREADABLE as error:
        raise ImageFileError(f'{_name(file)} cannot be read as an image: {error}') from error


def _name(file: File) -> str:
    return str(file) if isinstance(file, str | os.PathLike) else getattr(file, 'name', 'the image')
