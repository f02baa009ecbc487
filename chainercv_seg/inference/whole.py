"""The plan of networks that take the whole image as it is: SegNet."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainercv_seg.engines.cuda.tail import Tail
from chainercv_seg.inference.arrays import Arrays
from chainercv_seg.transforms import resize_backend


@dataclass(frozen=True)
class WholeViews:
    """One network input: the image."""

    @property
    def protocol(self) -> dict[str, str]:
        """What a score depends on."""
        return {'input': 'whole image', 'resize': resize_backend()}

    def plan(self, image: np.ndarray, arrays: Arrays) -> 'WholePlan':
        """Plan an image ``(3, H, W)`` float32 over operations on arrays where the network is."""
        return WholePlan(image, arrays)


class WholePlan:
    """What `WholeViews` are of one image."""

    def __init__(self, image: np.ndarray, arrays: Arrays) -> None:
        self.image = image
        self.arrays = arrays

    def inputs(self) -> Iterator[Any]:
        """Make the network input."""
        yield self.arrays.send(self.image)

    def tail(self) -> Tail:
        """Say how the label map is made of scores that have the size of the image."""
        _, H, W = self.image.shape
        return Tail((H, W), (0, H), (0, W), as_they_are=True)

    def label(self, scores: Iterator[Any]) -> Any:
        """Take the largest score, resized like an image where the network changes the size."""
        _, H, W = self.image.shape
        return self.arrays.label_map(self.arrays.resize_as_image(next(scores), (H, W)))
