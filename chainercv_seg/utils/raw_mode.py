"""How a file holds its samples, where what Pillow makes of them does not tell any more."""

from typing import Any

from PIL import Image

#: TIFF's tags.
_BITS, _PHOTOMETRIC, _PLANES, _SAMPLE_FORMAT = 258, 262, 284, 339
_WHITE_IS_ZERO, _SEPARATE_PLANES, _SIGNED = 0, 2, 2


def raw_mode(img: Image.Image) -> str:
    """Tell Pillow's name for the samples in the file, such as ``'L;4'`` for greys of 4 bits.

    Args:
        img: An image that is not decoded yet.

    Returns:
        The name; '' where the decoder has none.
    """
    arguments = _decoder(img)[1]
    return arguments[0] if arguments and isinstance(arguments[0], str) else ''


def largest_grey(img: Image.Image) -> int | None:
    """Tell the value of white in a PGM or PPM file, which Pillow stretches to 255 or 65535.

    Args:
        img: An image that is not decoded yet.

    Returns:
        The value; None where Pillow leaves the samples as they are.
    """
    decoder, arguments = _decoder(img)
    return arguments[1] if decoder in ('ppm', 'ppm_plain') and len(arguments) > 1 else None


def is_inverted(img: Image.Image) -> bool:
    """Tell whether 0 is white in the file.

    Args:
        img: An image that is not decoded yet.
    """
    return 'I' in raw_mode(img).partition(';')[2] or _tag(img, _PHOTOMETRIC) == _WHITE_IS_ZERO


def is_signed(img: Image.Image) -> bool:
    """Tell whether samples can be negative."""
    return _tag(img, _SAMPLE_FORMAT) == _SIGNED


def bits(img: Image.Image) -> int | None:
    """Tell how many bits the first sample of a pixel has in a TIFF; None for other formats."""
    found = _tag(img, _BITS)
    return found if isinstance(found, int) else None


def is_misread(img: Image.Image) -> bool:
    """Tell whether Pillow takes the samples for shorter or longer ones than they are, without a word.

    It does so with BMP files of 4 bits whose palette is grey, with such of 8 bits whose palette is black
    and white, and with TIFF files that have planes of 16 bits.

    Args:
        img: An image that is not decoded yet.
    """
    decoder, arguments = _decoder(img)
    if img.format == 'BMP' and img.mode in ('1', 'L'):
        length = {'1': 1, 'L': 8}[img.mode]
        return decoder != 'raw' or arguments[1] != (img.width * length + 31) // 32 * 4
    planes = _tag(img, _PLANES) == _SEPARATE_PLANES
    return planes and decoder != 'libtiff' and (bits(img) or 0) > 8


def has_gaps(img: Image.Image) -> bool:
    """Tell whether a TIFF says to be larger than its parts, of which Pillow leaves the rest black.

    Args:
        img: An image that is not decoded yet.
    """
    tiles: list[Any] = getattr(img, 'tile', []) if img.format == 'TIFF' else []
    # Of planes there are several at the same place.
    boxes = {tuple(extents) for _, extents, _, _ in tiles}
    covered = sum((right - left) * (lower - upper) for left, upper, right, lower in boxes)
    return bool(tiles) and covered < img.width * img.height


def _decoder(img: Image.Image) -> tuple[str, tuple[Any, ...]]:
    """Name and arguments of the decoder."""
    tiles: list[Any] = getattr(img, 'tile', [])
    if not tiles:
        return '', ()
    name, _, _, arguments = tiles[0]
    return name, arguments if isinstance(arguments, tuple) else (arguments,)


def _tag(img: Image.Image, number: int) -> Any:
    """A tag of a TIFF, the first of its values; None where there is none, and for other formats."""
    value = getattr(img, 'tag_v2', {}).get(number)
    return value[0] if isinstance(value, tuple) and value else value
