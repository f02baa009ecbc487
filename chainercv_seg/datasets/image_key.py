"""What an image is called where label maps of it are written or looked for."""

import os

#: How the names of image files end, in lower case.
IMAGE_SUFFIXES = ('.bmp', '.gif', '.jpeg', '.jpg', '.png', '.ppm', '.tif', '.tiff', '.webp')


def image_key(path: str | os.PathLike[str]) -> str:
    """Tell what files that belong to one image have in common: the name without folder and suffix.

    Args:
        path: A file: the image, its label map, a prediction. What follows the last dot is a suffix only
            where it is that of such a file: ``cam1.0001`` has none.

    Returns:
        The key as it is written. Keys are equal if their :func:`name_form` is.
    """
    name = os.path.basename(path)
    stem, suffix = os.path.splitext(name)
    return stem if suffix.lower() in (*IMAGE_SUFFIXES, '.npy') else name


def cityscapes_image_key(path: str | os.PathLike[str]) -> str:
    """Tell what files that belong to one image of Cityscapes have in common.

    Args:
        path: A file with a name ``CITY_SEQUENCE_FRAME*``.

    Returns:
        ``CITY_SEQUENCE_FRAME``.
    """
    return '_'.join(image_key(path).split('_')[:3])
