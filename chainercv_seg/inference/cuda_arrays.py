"""Operations on images and scores on a GPU by the kernels of its engine."""

from typing import Any

import numpy as np

from chainercv_seg.engines.cuda.tail import Tail
from chainercv_seg.engines.cuda.views import CUDAViews
from chainercv_seg.inference.arrays import ChainerArrays, Size


class CUDAArrays(ChainerArrays):
    """Operations on the device of a compiled program.

    Label maps are on their way when they are returned: `fetch` waits for them.

    Args:
        device: Chainer's device.
        runner: The program, compiled by the engine for GPUs.
    """

    in_one = True

    def __init__(self, device: Any, runner: Any) -> None:
        super().__init__(device)
        self.views = CUDAViews(runner)

    def send(self, array: np.ndarray) -> Any:
        """Bring an array to the device: as bytes if all its numbers are bytes."""
        return self.views.send(array)

    def resize_as_image(self, planes: Any, size: Size) -> Any:
        """Resize by products with matrices, unless there is nothing to do."""
        if planes.shape[1:] == size:
            return planes
        return super().resize_as_image(planes.astype(np.float32), size)

    def zeros(self, shape: tuple[int, int, int], dtype: Any) -> Any:
        """Make a total for probabilities, in float32."""
        return self.views.zeros(shape)

    def _resized(self, scores: Any, size: Size, align_corners: bool) -> Any:
        return self.views.resize(scores, size, align_corners=align_corners)

    def probabilities(self, scores: Any) -> Any:
        """Softmax over the classes."""
        return self.views.probabilities(scores)

    def add_probabilities(
        self,
        total: Any,
        scores: Any,
        *,
        size: Size,
        part: tuple[slice, slice],
        align_corners: bool = True,
    ) -> None:
        """Resize, take softmax and add, in one."""
        self.views.add_probabilities(total, scores, size, part, align_corners=align_corners)

    def labels(
        self, scores: Any, *, size: Size, part: tuple[slice, slice], align_corners: bool = True
    ) -> Any:
        """Resize and take the class of the largest score, in one."""
        return self.views.labels(scores, size, part, align_corners=align_corners)

    def label_input(self, x: Any, tail: Tail) -> Any:
        """Make the label map of an image that is one network input, by one graph."""
        return self.views.label_input(x, tail)

    def label_map(self, scores: Any) -> Any:
        """Take the class of the largest score."""
        height, width = scores.shape[1:]
        return self.labels(scores, size=(height, width), part=(slice(0, height), slice(0, width)))

    def fetch(self, labels: Any) -> np.ndarray:
        """Wait for a label map.

        Raises:
            PrecisionError: Numbers of the network did not fit into its precision.
        """
        return labels.fetch()
