"""Operations on the score map of one image, ``(n_class, H, W)`` of NumPy or CuPy."""

from typing import Any

import chainer
import numpy as np

from chainercv_seg import transforms
from chainercv_seg.inference.class_of_largest import class_of_largest


def probabilities(scores: Any) -> Any:
    """Softmax over the classes."""
    return chainer.functions.softmax(scores[None]).array[0]


def resize_scores(scores: Any, size: tuple[int, int]) -> Any:
    """Resize with the network's own interpolation (corners aligned), on the device."""
    if scores.shape[1:] == size:
        return scores
    return chainer.functions.resize_images(scores[None], size).array[0]


def resize_scores_as_image(scores: Any, size: tuple[int, int], device: Any) -> Any:
    """Resize with the images' interpolation, :func:`chainercv_seg.transforms.resize`."""
    if scores.shape[1:] == size:
        return scores
    return device.send(transforms.resize(chainer.backends.cuda.to_cpu(scores), size))


def add(total: Any, scores: Any) -> Any:
    """Add scores to a total in place; without a total yet, they are it."""
    if total is None:
        return scores
    total += scores
    return total


def label_map(scores: Any) -> np.ndarray:
    """Take the class of the largest score, the first of equals: ``(H, W)`` int32 of NumPy."""
    if isinstance(scores, np.ndarray):
        return class_of_largest(scores)
    return chainer.backends.cuda.to_cpu(scores.argmax(axis=0).astype(np.int32))
