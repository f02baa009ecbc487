"""Operations on the score map of one image, ``(n_class, H, W)`` of NumPy or CuPy."""

from typing import Any

import chainer
import numpy as np

from chainercv_seg import transforms
from chainercv_seg.engines.cpu.largest import largest
from chainercv_seg.engines.cpu.resizing import resize_planes
from chainercv_seg.engines.cpu.softmax import softmax
from chainercv_seg.inference.image_resize import resize_planes_as_image
from chainercv_seg.transforms import resize_backend


def probabilities(scores: Any) -> Any:
    """Softmax over the classes."""
    if not on_cpu(scores):
        return chainer.functions.softmax(scores[None]).array[0]
    result = np.empty(scores.shape, scores.dtype)
    softmax(scores, result)
    return result


def add_probabilities(
    total: Any, scores: Any, *, size: tuple[int, int], part: tuple[slice, slice]
) -> None:
    """Add softmax over the classes to a total, in place.

    Args:
        total: What to add to, of the shape of ``part``; may be a view.
        scores: ``(n_class, h, w)``. If they are not of ``size``, they are resized first, as
            `resize_scores` does.
        size: Height and width.
        part: Rows and columns of these that are wanted.
    """
    if on_cpu(scores):
        softmax(scores, total, add=True, size=size, part=part)
    else:
        total += probabilities(resize_scores(scores, size))[:, part[0], part[1]]


def resize_scores(scores: Any, size: tuple[int, int]) -> Any:
    """Resize with the network's own interpolation (corners aligned), on the device."""
    if scores.shape[1:] == size:
        return scores
    if on_cpu(scores):
        return resize_planes(scores, size)
    return chainer.functions.resize_images(scores[None], size).array[0]


def on_cpu(scores: Any) -> bool:
    """Tell whether an array is NumPy's."""
    return isinstance(scores, np.ndarray)


def resize_as_image(planes: Any, size: tuple[int, int]) -> Any:
    """Resize an image or scores as :func:`chainercv_seg.transforms.resize` does, on the device."""
    if planes.shape[1:] == size:
        return planes
    if on_cpu(planes):
        return transforms.resize(planes, size)
    xp = chainer.backend.get_array_module(planes)
    return resize_planes_as_image(planes, size, smooth=resize_backend() == 'PIL', xp=xp)


def add(total: Any, scores: Any) -> Any:
    """Add scores to a total in place; without a total yet, they are it."""
    if total is None:
        return scores
    total += scores
    return total


def label_map(scores: Any) -> np.ndarray:
    """Take the class of the largest score, the first of equals: ``(H, W)`` int32 of NumPy."""
    if on_cpu(scores):
        return largest(scores)
    return chainer.backends.cuda.to_cpu(scores.argmax(axis=0).astype(np.int32))
