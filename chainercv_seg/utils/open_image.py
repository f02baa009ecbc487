"""Opening image files: which formats, how large, and one error for all that a decoder may raise."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import IO

# Imported, these two are known to Pillow, which else imports all its formats on meeting one of them.
from PIL import Image, TiffImagePlugin, UnidentifiedImageError, WebPImagePlugin

from chainercv_seg.utils.errors import ImageFileError, UsageError
from chainercv_seg.utils.pixel_limit import check_pixels, tell_pillow, too_large
from chainercv_seg.utils.raw_mode import has_gaps
from chainercv_seg.utils.regular_file import open_regular

File = str | os.PathLike[str] | IO[bytes]

#: All that is opened, told by content. Other formats that Pillow knows start programs (EPS), or are rarely
#: looked after.
FORMATS = (
    'PNG',
    'JPEG',
    'BMP',
    TiffImagePlugin.TiffImageFile.format,
    'GIF',
    WebPImagePlugin.WebPImageFile.format,
    'PPM',
)


@contextmanager
def open_image(file: File) -> Iterator[Image.Image]:
    """Open an image file, whose pixels are not decoded yet.

    Args:
        file: A path, or a binary file object.

    Yields:
        The image. What is raised while it is worked with is taken for the fault of the file.

    Raises:
        FileNotFoundError: There is no such file.
        ImageFileError: It is no image of these formats, damaged, too large, or whatever else keeps it
            from being decoded.
    """
    name = file_name(file)
    try:
        tell_pillow()
        with _opened(file) as opened, Image.open(opened, formats=FORMATS) as img:
            check_pixels((img.height, img.width), name)
            if has_gaps(img):
                raise ImageFileError(
                    f'{name} cannot be read as an image: it is damaged, for it says to have '
                    f'{img.height} x {img.width} pixels and holds less'
                )
            yield img
    except (FileNotFoundError, ImageFileError, UsageError):
        raise
    except UnidentifiedImageError as error:
        raise ImageFileError(
            f'{name} cannot be read as an image: it is damaged, of an unusual kind, or not a PNG, JPEG, BMP, '
            'TIFF, GIF, WebP or PPM file'
        ) from error
    except Image.DecompressionBombError as error:
        raise too_large(name) from error
    except Exception as error:  # of a damaged file decoders raise whatever they run into
        raise ImageFileError(f'{name} cannot be read as an image: {_cause(error)}') from error


def _opened(file: File) -> AbstractContextManager[IO[bytes]]:
    # By its name Pillow would map a TIFF into memory, and shear it where it is to be turned.
    return open_regular(file) if isinstance(file, str | os.PathLike) else nullcontext(file)


def _cause(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return 'there is not enough memory for it'
    if 'decompressed data too large' in str(error).lower() or 'MAX_TEXT' in str(error):
        return 'it holds too much text. Save it without its texts'
    if isinstance(error, OSError) and error.strerror:
        return error.strerror  # without the name once more
    return str(error) or type(error).__name__


def file_name(file: File) -> str:
    """Tell what to call a file in a message."""
    return str(file) if isinstance(file, str | os.PathLike) else getattr(file, 'name', 'the image')
