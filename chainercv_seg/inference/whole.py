"""The plan of networks that take the whole image as it is: SegNet."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from chainercv_seg.inference.score_map import label_map, resize_as_image


class WholePlan:
    """One network input: the image.

    Args:
        image: ``(3, H, W)`` float32.
        device: Chainer's device on which the network is.
    """

    def __init__(self, image: np.ndarray, *, device: Any) -> None:
        self.image = image
        self.device = device

    def inputs(self) -> Iterator[Any]:
        """Make the network input."""
        yield self.device.send(self.image)

    def label(self, scores: Iterator[Any]) -> np.ndarray:
        """Take the largest score, resized like an image where the network changes the size."""
        _, H, W = self.image.shape
        return label_map(resize_as_image(next(scores), (H, W)))
