"""The check that an image and its label map belong together."""

import numpy as np

from chainercv_seg.utils.errors import DatasetError


def check_sample_size(
    img: np.ndarray, label: np.ndarray, *, img_name: str = 'an image', label_name: str = ''
) -> None:
    """Check that a label map has as many pixels, each way, as its image.

    Args:
        img: ``(3, H, W)``.
        label: ``(H, W)``.
        img_name: What to call the image in an error: its file, where it has one.
        label_name: Likewise the label map.

    Raises:
        DatasetError: It has not. The message names both, and the usual cause.
    """
    size = img.shape[1:]
    if size == label.shape:
        return
    place = f' in {label_name}' if label_name else ''
    cause = ''
    if size == label.shape[::-1]:
        cause = '. Images are turned as EXIF says, label maps never are: save one as the other lies'
    raise DatasetError(
        f'{img_name}: the image is {size}, its label map {label.shape} (height, width){place}: they must be '
        f'equal{cause}'
    )
