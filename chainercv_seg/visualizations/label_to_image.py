"""A label map as an image."""

from collections.abc import Iterable, Sequence

import numpy as np

from chainercv_seg.utils.arguments import check_array
from chainercv_seg.visualizations.colormap import voc_colormap


def label_to_image(
    label: np.ndarray,
    label_colors: Iterable[Sequence[int]] | None = None,
    *,
    ignore_label_color: Sequence[int] = (0, 0, 0),
) -> np.ndarray:
    """Paint each pixel in the colour of its class.

    Args:
        label: ``(H, W)`` integers, a class or -1 for ignored.
        label_colors: An RGB colour in [0, 255] for each class; None is PASCAL VOC's palette.
        ignore_label_color: The RGB colour of ignored pixels, in [0, 255].

    Returns:
        ``(3, H, W)`` uint8 RGB, which :func:`chainercv_seg.utils.write_image` writes.

    Raises:
        ValueError: ``label`` is not a label map, or holds a class without a colour.
    """
    check_array(label, '(H, W)', name='label')
    if label.dtype.kind not in 'iu':
        raise ValueError(
            f'label should be (H, W) of integers, but is {label.shape} of {label.dtype}'
        )
    n_class = count_classes(label)
    colors = voc_colormap(range(n_class)) if label_colors is None else list(label_colors)
    if n_class > len(colors):
        raise ValueError(
            f'label holds the class {n_class - 1}, but label_colors only the classes 0 to '
            f'{len(colors) - 1}' + (': is 255 void, which should be -1?' if n_class == 256 else '')
        )
    # Ignored pixels take the last row, by which -1 counts from the end.
    table = np.array([*colors, ignore_label_color], dtype=np.uint8)
    return table[np.maximum(label.astype(np.int64), -1)].transpose(2, 0, 1)


def count_classes(label: np.ndarray) -> int:
    """Count the classes up to the largest that is in a label map: 0 if all is ignored."""
    return int(label.max()) + 1 if label.size else 0
