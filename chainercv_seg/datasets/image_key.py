"""What an image is called where label maps of it are written or looked for."""

import os
from pathlib import Path


def image_key(path: str | os.PathLike[str]) -> str:
    """Tell what files that belong to one image have in common: the name without folder and suffix.

    Args:
        path: A file: the image, its label map, a prediction.

    Returns:
        The key.
    """
    return Path(path).stem


def cityscapes_image_key(path: str | os.PathLike[str]) -> str:
    """Tell what files that belong to one image of Cityscapes have in common.

    Args:
        path: A file with a name ``CITY_SEQUENCE_FRAME*``.

    Returns:
        ``CITY_SEQUENCE_FRAME``.
    """
    return '_'.join(Path(path).stem.split('_')[:3])
