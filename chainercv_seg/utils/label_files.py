"""Label maps from files of any kind that holds them: images and arrays."""

import os
from pathlib import Path

import numpy as np

from chainercv_seg.utils.array_files import read_header
from chainercv_seg.utils.errors import ImageFileError
from chainercv_seg.utils.image_files import read_label
from chainercv_seg.utils.regular_file import open_regular

#: How the names of label maps end, in lower case: of true and of predicted ones.
LABEL_SUFFIXES = ('.png', '.npy', '.bmp', '.tif', '.tiff')


def read_label_file(path: str | os.PathLike[str]) -> np.ndarray:
    """Read a label map as it is stored.

    Args:
        path: An indexed or grey image, or a npy file of integers.

    Returns:
        ``(H, W)`` integers.

    Raises:
        FileNotFoundError: There is no such file.
        ImageFileError: The file cannot be read as a label map.
    """
    path = Path(path)
    return _load_npy(path) if path.suffix.lower() == '.npy' else read_label(path)


def _load_npy(path: Path) -> np.ndarray:
    try:
        with open_regular(path) as file:
            header = read_header(file)
            if len(header.shape) != 2 or header.dtype.kind not in 'iu':
                raise ImageFileError(
                    f'{path}: expected an array (H, W) of integers, found {header.dtype} {header.shape}'
                )
            header.check_size()
            file.seek(0)
            return np.lib.format.read_array(file, allow_pickle=False)
    except (OSError, ImageFileError):
        raise
    except Exception as error:  # of a broken header NumPy raises whatever its parsers do
        raise ImageFileError(f'{path} cannot be read as an array: {error}') from error
