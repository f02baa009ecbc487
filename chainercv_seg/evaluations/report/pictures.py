"""The pictures in a report, as data URIs."""

import base64
import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from chainercv_seg.evaluations.worst_images import Pictures
from chainercv_seg.visualizations import label_to_image
from chainercv_seg.visualizations.colormap import voc_colormap

#: An RGB colour in [0, 255] for each class, or None for PASCAL VOC's palette.
Colors = Sequence[Sequence[int]] | None

#: Colours that people with any colour vision tell apart (after Okabe and Ito), RGB.
RIGHT = (0, 114, 178)
MISSED = (230, 159, 0)
CLAIMED = (204, 60, 120)


def confusion_picture(shares: np.ndarray) -> str:
    """Make a picture of a confusion matrix, a pixel a cell, for light and dark pages.

    Args:
        shares: ``(n, m)`` in [0, 1], where ``shares[i, i]`` is what is right.

    Returns:
        A PNG of the size of ``shares``: right is blue, wrong is orange, opacity is the share's root.
    """
    pixels = np.empty((*shares.shape, 4), dtype=np.uint8)
    pixels[..., :3] = MISSED
    diagonal = np.arange(min(shares.shape))
    pixels[diagonal, diagonal, :3] = RIGHT
    pixels[..., 3] = np.round(255 * np.sqrt(shares))
    return png(pixels)


def worst_pictures(pictures: Pictures, k: int, label_colors: Colors) -> dict[str, str]:
    """Make the four pictures that show what went wrong with a class.

    Args:
        pictures: Image, truth and prediction.
        k: The class.
        label_colors: The colours of the classes.

    Returns:
        Data URIs by what they show.
    """
    label, pred = pictures.label_and_pred()
    return {
        'image': data_uri(pictures.jpeg, 'image/jpeg'),
        'truth': label_png(label, label_colors),
        'prediction': label_png(pred, label_colors),
        'errors': png(_error_map(pictures, label, pred, k)),
    }


def data_uri(data: bytes, media_type: str) -> str:
    """Write a file as a URI that holds it."""
    return f'data:{media_type};base64,{base64.b64encode(data).decode()}'


def label_png(label: np.ndarray, label_colors: Colors) -> str:
    """Make a picture of a label map ``(H, W)`` in the colours of its classes; void is black."""
    return png(label_to_image(label, label_colors).transpose(1, 2, 0))


def _error_map(pictures: Pictures, label: np.ndarray, pred: np.ndarray, k: int) -> np.ndarray:
    """Paint what is right, missed and wrongly claimed over a pale image; void pixels are black."""
    with Image.open(io.BytesIO(pictures.jpeg)) as img:
        # 16 shades are enough behind the colours, and compress well.
        grey = np.array(img.convert('L')) // 16 * 8 + 120
    error_map = np.repeat(grey[..., np.newaxis].astype(np.uint8), 3, axis=2)
    valid = label >= 0
    error_map[~valid] = 0
    error_map[valid & (label == k) & (pred == k)] = RIGHT
    error_map[valid & (label == k) & (pred != k)] = MISSED
    error_map[valid & (label != k) & (pred == k)] = CLAIMED
    return error_map


def png(pixels: np.ndarray) -> str:
    """Write ``(H, W, 3)`` or ``(H, W, 4)`` uint8 as a PNG in a URI."""
    img = Image.fromarray(pixels)
    if img.mode == 'RGB':
        img = img.quantize(256)  # a third of the size; exact for so few colours
    file = io.BytesIO()
    img.save(file, format='PNG')
    return data_uri(file.getvalue(), 'image/png')


def swatch(k: int, label_colors: Colors) -> str:
    """Make a small square in the colour of a class, as HTML."""
    red, green, blue = voc_colormap([k])[0] if label_colors is None else label_colors[k]
    return f'<i class="swatch" style="background:rgb({red},{green},{blue})"></i>'
