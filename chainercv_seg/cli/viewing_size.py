"""The size at which the demo looks at a photograph: networks know things of the size that their data has."""

from collections.abc import Callable

import numpy as np
from PIL import Image

from chainercv_seg.transforms import resize

#: Pixels of the longer side of the images of each data set.
_LONGER_SIDES = {'ade20k': 683, 'camvid': 480, 'cityscapes': 2048, 'synthetic': 480, 'voc': 500}
#: Where it is not known what a network was trained on.
_OTHERS = 1024


def default_size(dataset: str) -> int:
    """Tell at which size an image is looked at: the number of pixels of its longer side."""
    return _LONGER_SIDES.get(dataset, _OTHERS)


def viewed_size(height: int, width: int, longer: int) -> tuple[int, int]:
    """Tell the size that an image is brought to.

    Args:
        height: Its own.
        width: Its own.
        longer: The most pixels of its longer side; 0 for as many as it has.

    Returns:
        ``(height, width)``; its own where that is no larger.
    """
    scale = longer / max(height, width)
    if not 0 < scale < 1:
        return height, width
    return max(1, round(scale * height)), max(1, round(scale * width))


def predict_at(
    predict: Callable[[list[np.ndarray]], list[np.ndarray]],
    img: np.ndarray,
    size: tuple[int, int],
) -> np.ndarray:
    """Predict the label map of an image that is looked at at another size.

    Args:
        predict: A network's.
        img: ``(3, H, W)`` float32 RGB in [0, 255].
        size: ``(height, width)`` at which the network sees it.

    Returns:
        ``(H, W)`` int32: the labels, brought back to the size of the image.
    """
    H, W = img.shape[1:]
    if size == (H, W):
        return predict([img])[0]
    (label,) = predict([resize(img, size)])
    return resize(label[None], (H, W), Image.Resampling.NEAREST)[0]
