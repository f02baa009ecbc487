"""The values that a label map has in its file, where Pillow would give others."""

import numpy as np
from PIL import Image

from chainercv_seg.utils.errors import ColorLabelError, ImageFileError
from chainercv_seg.utils.orientation import orientation, turn_back
from chainercv_seg.utils.raw_mode import (
    is_inverted,
    is_misread,
    is_signed,
    largest_grey,
    raw_mode,
)

_MODES = ('P', 'L', '1', 'I', 'I;16', 'I;16B', 'I;16L', 'I;16N')
_REMEDY = 'Save it as an 8-bit PNG whose values are classes'
#: By how much Pillow multiplies greys of few bits.
_STRETCHED = {'L;2': 85, 'L;2R': 85, 'L;4': 17, 'L;4R': 17}


def label_values(img: Image.Image, name: str) -> np.ndarray:
    """Read the values of an indexed or grey image as they are stored.

    Args:
        img: An image that is not decoded yet.
        name: What to call its file in an error.

    Returns:
        ``(H, W)`` integers, as they lie in the file, whatever EXIF says of turning them.

    Raises:
        ImageFileError: It is neither indexed nor grey, or it cannot be told what its values are.
    """
    _check_mode(img, name)
    if is_inverted(img):
        raise ImageFileError(
            f'{name} is an image in which 0 is white: whether its values or its greys are the classes '
            f'cannot be told. {_REMEDY}'
        )
    if is_misread(img):
        raise ImageFileError(f'{name} has values of a size that cannot be read. {_REMEDY}')
    stretched, white = _STRETCHED.get(raw_mode(img)), largest_grey(img)
    values = _as_stored(img)
    if values.dtype == np.uint8 and is_signed(img):
        values = values.view(np.int8)
    if stretched is not None:
        values = values // stretched
    if white is not None:
        most = 255 if img.mode == 'L' else 65535
        values = np.rint(values * (white / most)).astype(np.int32)
    return values


def _as_stored(img: Image.Image) -> np.ndarray:
    """The pixels as they lie in the file: Pillow turns a TIFF as it decodes it, and says so no more."""
    turned = orientation(img) if img.format == 'TIFF' else 1
    bilevel = img.mode == '1'  # of which NumPy gets booleans that are 255
    values = np.array(img.convert('L')) // 255 if bilevel else np.array(img)
    return values if orientation(img) == turned else turn_back(values, turned)


def _check_mode(img: Image.Image, name: str) -> None:
    if img.mode in _MODES:
        return
    what = f'{name} is a {img.mode} image'
    expected = 'not a label map. Expected an indexed or greyscale image whose values are classes'
    if img.mode in ('F', 'LA', 'La', 'PA'):
        having = 'fractions' if img.mode == 'F' else 'transparency'
        raise ImageFileError(f'{what}, with {having}, {expected}. {_REMEDY}')
    raise ColorLabelError(
        f'{what}, {expected}. Colours have to be turned into classes first: read them with read_image and '
        'look them up in the label colors'
    )
