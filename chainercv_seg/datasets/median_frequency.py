"""Class weights that make up for classes being rare."""

from collections.abc import Iterable

import numpy as np

from chainercv_seg.utils.arguments import positive_int
from chainercv_seg.utils.void_advice import void_advice


def median_frequency_weights(labels: Iterable[np.ndarray], n_class: int) -> np.ndarray:
    """Weigh classes by median frequency: a class half as frequent as the median one weighs 2.

    The frequency of a class is its share of the labelled pixels of those images that show it.
    Source: Eigen and Fergus, "Predicting Depth, Surface Normals and Semantic Labels with a Common
    Multi-Scale Convolutional Architecture", ICCV 2015.

    Args:
        labels: Label maps ``(H, W)`` integers: classes in ``range(n_class)``, and -1 for void.
        n_class: Number of classes.

    Returns:
        ``(n_class,)`` float32; 1 for classes that do not occur.

    Raises:
        ValueError: A label is outside of the classes, none occurs at all, or ``n_class`` is no positive
            integer.
    """
    n_class = positive_int(n_class, name='n_class')
    pixels = np.zeros(n_class, np.int64)
    beside = np.zeros(n_class, np.int64)  # labelled pixels of the images that show the class
    for label in labels:
        if label.size and not (label.min() >= -1 and label.max() < n_class):
            raise ValueError(
                f'labels run from {label.min()} to {label.max()}, expected -1 (void) to {n_class - 1}'
                f'{void_advice(int(label.max()))}'
            )
        counts = np.bincount(label[label >= 0], minlength=n_class)
        pixels += counts
        beside += counts.sum() * (counts > 0)
    if not pixels.any():
        raise ValueError('there are no labelled pixels to weigh the classes by')
    occurs = pixels > 0
    frequency = pixels[occurs] / beside[occurs]
    weights = np.ones(n_class, np.float32)
    weights[occurs] = np.median(frequency) / frequency
    return weights
