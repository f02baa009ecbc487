"""What plans do to arrays: on the CPU by our own functions, elsewhere by Chainer's.

Which of the two is chosen once a prediction, from the device (`arrays_on`).
"""

from collections.abc import Callable
from typing import Any

import chainer
import numpy as np

from chainercv_seg import transforms
from chainercv_seg.engines.cpu.largest import largest
from chainercv_seg.engines.cpu.resizing import resize_planes
from chainercv_seg.engines.cpu.softmax import softmax
from chainercv_seg.engines.cpu.threads import parallel
from chainercv_seg.engines.cuda.tail import Tail
from chainercv_seg.inference.image_resize import resize_planes_as_image

Size = tuple[int, int]


class Arrays:
    """Operations on images and scores ``(C, H, W)`` in this computer's memory.

    Attributes:
        xp: NumPy, or CuPy.
        in_bands: Whether label maps are better made a few rows at a time: see `divide`.
        in_one: Whether an image that is one network input becomes its label map in one, by `label_input`.
            Softmax is left out where a single view decides and scores are resized first: it does not
            change their order.
    """

    xp: Any = np
    in_bands = True
    in_one = False

    def send(self, array: np.ndarray) -> Any:
        """Bring an array to the device."""
        return array

    def resize_as_image(self, planes: Any, size: Size) -> Any:
        """Resize as :func:`chainercv_seg.transforms.resize` does, unless there is nothing to do."""
        return planes if planes.shape[1:] == size else transforms.resize(planes, size)

    def resize_scores(self, scores: Any, size: Size, *, align_corners: bool = True) -> Any:
        """Resize with the networks' interpolation, unless there is nothing to do.

        Args:
            scores: ``(n_class, h, w)``.
            size: Height and width.
            align_corners: Whether corners lie on corners, as in most networks, else edges on edges.
        """
        return scores if scores.shape[1:] == size else self._resized(scores, size, align_corners)

    def _resized(self, scores: Any, size: Size, align_corners: bool) -> Any:
        return resize_planes(scores, size, align_corners=align_corners)

    def probabilities(self, scores: Any) -> Any:
        """Softmax over the classes."""
        result = np.empty(scores.shape, scores.dtype)
        softmax(scores, result)
        return result

    def add_probabilities(
        self,
        total: Any,
        scores: Any,
        *,
        size: Size,
        part: tuple[slice, slice],
        align_corners: bool = True,
    ) -> None:
        """Add softmax over the classes to a total, in place.

        Args:
            total: What to add to, of the shape of ``part``; may be a view.
            scores: ``(n_class, h, w)``. If they are not of ``size``, they are resized first, as
                `resize_scores` does.
            size: Height and width.
            part: Rows and columns of these that are wanted.
            align_corners: How they are resized.
        """
        softmax(scores, total, add=True, size=size, part=part, align_corners=align_corners)

    def zeros(self, shape: tuple[int, int, int], dtype: Any) -> Any:
        """Make a total ``(n_class, H, W)`` for `add_probabilities`."""
        return self.xp.zeros(shape, dtype)

    def labels(
        self, scores: Any, *, size: Size, part: tuple[slice, slice], align_corners: bool = True
    ) -> Any:
        """Make the label map of a part of scores that are resized, as `label_map` does.

        Args:
            scores: ``(n_class, h, w)``.
            size: To what they are resized, as `resize_scores` does.
            part: Rows and columns of these that are wanted.
            align_corners: How they are resized.
        """
        scores = self.resize_scores(scores, size, align_corners=align_corners)
        return self.label_map(scores[:, part[0], part[1]])

    def label_input(self, x: Any, tail: Tail) -> Any:
        """Make the label map of an image that is one network input, where `in_one` is set.

        Args:
            x: The network input ``(3, h, w)``.
            tail: How labels are made of its scores.

        Returns:
            As `label_map`; None where it cannot be done in one.
        """

    def label_map(self, scores: Any) -> Any:
        """Take the class of the largest score, the first of equals: ``(H, W)`` int32 of NumPy.

        It may be on its way: `fetch` waits for it.
        """
        return largest(scores)

    def fetch(self, labels: Any) -> np.ndarray:
        """Return a label map, once it is there."""
        return labels

    def divide(self, work: Callable[[int, int], None], count: int) -> None:
        """Call ``work(start, stop)`` for parts of the numbers from 0 to ``count``, side by side."""
        parallel(work, count)


class ChainerArrays(Arrays):
    """The same by Chainer's functions, on any device of its.

    Args:
        device: Chainer's device.
    """

    in_bands = False

    def __init__(self, device: Any) -> None:
        self.device = device
        self.xp = device.xp

    def send(self, array: np.ndarray) -> Any:
        """Bring an array to the device."""
        return self.device.send(array)

    def resize_as_image(self, planes: Any, size: Size) -> Any:
        """Resize by products with matrices, unless there is nothing to do."""
        if planes.shape[1:] == size:
            return planes
        smooth = transforms.resize_backend() == 'PIL'
        return resize_planes_as_image(planes, size, smooth=smooth, xp=self.xp)

    def _resized(self, scores: Any, size: Size, align_corners: bool) -> Any:
        resize = chainer.functions.resize_images
        return resize(scores[None], size, align_corners=align_corners).array[0]

    def probabilities(self, scores: Any) -> Any:
        """Softmax over the classes."""
        return chainer.functions.softmax(scores[None]).array[0]

    def add_probabilities(
        self,
        total: Any,
        scores: Any,
        *,
        size: Size,
        part: tuple[slice, slice],
        align_corners: bool = True,
    ) -> None:
        """Resize, take softmax and add."""
        scores = self.resize_scores(scores, size, align_corners=align_corners)
        total += self.probabilities(scores)[:, part[0], part[1]]

    def label_map(self, scores: Any) -> Any:
        """Take the class of the largest score."""
        return chainer.backends.cuda.to_cpu(scores.argmax(axis=0).astype(np.int32))

    def divide(self, work: Callable[[int, int], None], count: int) -> None:
        """Do it all at once."""
        work(0, count)


def arrays_on(device: Any) -> Arrays:
    """Choose the operations for arrays on one of Chainer's devices."""
    return Arrays() if device.xp is np else ChainerArrays(device)
