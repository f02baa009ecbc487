"""The colours of an image in [0, 255], whatever samples its file has."""

import numpy as np
from PIL import Image

from chainercv_seg.utils.errors import ImageFileError
from chainercv_seg.utils.orientation import orientation, turn
from chainercv_seg.utils.raw_mode import bits, is_inverted, is_misread, is_signed, raw_mode

#: ITU-R BT.601, as Pillow turns colours into greys.
_LUMA = np.array([0.299, 0.587, 0.114])
_REMEDY = 'Scale them to 0 to 255 (or 65535), and save the image as a PNG of 8 (or 16) bits'


def color_values(
    img: Image.Image, name: str, *, color: bool, transparent: bool
) -> tuple[np.ndarray, np.ndarray | None]:
    """Read the colours or the greys of an image, turned as viewers turn it.

    Args:
        img: An image that is not decoded yet.
        name: What to call its file in an error.
        color: RGB if true, else grey.
        transparent: Whether to read the opacity too.

    Returns:
        ``(H, W, 3)`` or ``(H, W, 1)``, uint8, or float32 where the file has greys of more bits: values in
        [0, 255]; and ``(H, W, 1)`` float64 in [0, 1], 0 where the image is transparent, None where it
        is not, or the opacity is not asked for.

    Raises:
        ImageFileError: It cannot be told how dark or bright the samples are.
    """
    _check_samples(img, name)
    white = _white(img)
    if white is not None:
        values, opacity = _deep_greys(img, white)
        values = np.repeat(values, 3, axis=2) if color else values
    else:
        values, opacity = _colors(img, color=color, transparent=transparent)
    turned = orientation(img)
    values = turn(values, turned)
    return values, turn(opacity, turned) if transparent and opacity is not None else None


def is_transparent(img: Image.Image) -> bool:
    """Tell whether an image has an alpha channel, or a colour that is transparent."""
    return img.has_transparency_data


def _check_samples(img: Image.Image, name: str) -> None:
    if is_misread(img):
        cause = 'samples of a size that cannot be read'
    elif is_signed(img) or (img.mode == 'I' and _white(img) is None):
        cause = 'integers whose range is not known'
    elif img.mode == 'F':
        cause = 'fractions whose range is not known'
    else:
        return
    raise ImageFileError(f'{name} is an image of mode {img.mode} with {cause}. {_REMEDY}')


def _white(img: Image.Image) -> int | None:
    """The value of white in greys of more than 8 bits; None for other images."""
    if img.mode.startswith('I;16'):
        return 2 ** (bits(img) or 16) - 1
    # Pillow stretches the greys of PGM files to 65535, and its older releases have this mode for PNG.
    return 65535 if img.mode == 'I' and img.format in ('PNG', 'PPM') else None


def _deep_greys(img: Image.Image, white: int) -> tuple[np.ndarray, np.ndarray | None]:
    inverted, key = is_inverted(img), img.info.get('transparency')
    stored = np.array(img)[:, :, np.newaxis]
    values = stored.astype(np.float32) * np.float32(255 / white)
    return 255 - values if inverted else values, None if key is None else (stored != key) * 1.0


def _colors(
    img: Image.Image, *, color: bool, transparent: bool
) -> tuple[np.ndarray, np.ndarray | None]:
    if transparent and is_transparent(img):
        _adapt_key(img)
        array = np.array(_plain(img).convert('RGBA'))
        values, opacity = array[:, :, :3], array[:, :, 3:] / 255
        return values if color else values @ _LUMA[:, np.newaxis], opacity
    img.info.pop('transparency', None)
    values = np.array(_plain(img).convert('RGB' if color else 'L'))
    return values if color else values[:, :, np.newaxis], None


def _plain(img: Image.Image) -> Image.Image:
    """The image in a mode that Pillow turns into all others."""
    mode = {'La': 'LA', 'RGBa': 'RGBA', 'PA': 'RGBA', 'LAB': 'RGB'}.get(img.mode)
    return img if mode is None else img.convert(mode)


def _adapt_key(img: Image.Image) -> None:
    """Let the transparent colour have as many bits as the pixels that Pillow makes."""
    key, raw = img.info.get('transparency'), raw_mode(img)
    factor = {'L;2': 85, 'L;4': 17, 'RGB;16B': 1 / 256}.get(raw)
    if img.format == 'PNG' and factor is not None and key is not None:
        adapted = tuple(int(value * factor) for value in np.ravel(key))
        img.info['transparency'] = adapted if len(adapted) > 1 else adapted[0]
