"""How many pixels a file may claim to have before memory is taken for them."""

import math
import os
import re
from collections.abc import Sequence

from PIL import Image

from chainercv_seg.utils.errors import ImageFileError, UsageError

#: The environment variable that raises, or lowers, the limit: a number of pixels.
MAX_PIXELS = 'CHAINERCV_SEG_MAX_PIXELS'


def check_pixels(shape: Sequence[int], name: str) -> None:
    """Check the size that a file says it has.

    The limit is that of the environment, or else Pillow's own: twice ``PIL.Image.MAX_IMAGE_PIXELS``, which
    is 178,956,970 unless somebody has set it.

    Args:
        shape: Height and width, or the shape of an array.
        name: What to call the file in an error.

    Raises:
        ImageFileError: It has more pixels than the limit.
        UsageError: The environment holds something else than a number.
    """
    pixels, limit = math.prod(shape), max_pixels()
    if limit is not None and pixels > limit:
        raise too_large(f'{name}, {" x ".join(map(str, shape))},')


def too_large(what: str) -> ImageFileError:
    """Say that a file claims to have too many pixels, and how to allow them.

    Args:
        what: The file, and what is known of its size.
    """
    return ImageFileError(
        f'{what} has more pixels than the {max_pixels()} that are read, for a damaged or hostile file could '
        f'take all memory. If it is sound, set the environment variable {MAX_PIXELS} to a larger number'
    )


def max_pixels() -> int | None:
    """Tell the limit; None where there is none."""
    limit = _from_environment()
    if limit is None and Image.MAX_IMAGE_PIXELS is not None:
        return 2 * Image.MAX_IMAGE_PIXELS
    return limit


def tell_pillow() -> None:
    """Let Pillow read what :func:`check_pixels` allows: it has its limit in a global variable alone."""
    limit = _from_environment()
    if limit is not None and Image.MAX_IMAGE_PIXELS is not None:
        Image.MAX_IMAGE_PIXELS = max(Image.MAX_IMAGE_PIXELS, limit)


def _from_environment() -> int | None:
    text = os.environ.get(MAX_PIXELS, '')
    if not text:
        return None
    if not re.fullmatch('0*[1-9][0-9]{0,17}', text):
        raise UsageError(f'{MAX_PIXELS} must be a number of pixels, but is {text[:40]!r}')
    return int(text)
