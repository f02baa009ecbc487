"""The plan of networks that take inputs of any size from a smallest on: DeepLabV3+."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import chainer
import numpy as np

from chainercv_seg.engines.cuda.tail import Tail
from chainercv_seg.inference.arrays import Arrays
from chainercv_seg.inference.scales import checked_scales, scaled_size, view_settings
from chainercv_seg.transforms import resize_backend
from chainercv_seg.utils.arguments import check_array, size_pair


@dataclass(frozen=True, eq=False)
class CanvasViews:
    """The image on a canvas at several scales, each also flipped; probabilities are averaged.

    The image is flipped, then scaled, then put on the canvas, at the top left.

    Attributes:
        min_input_size: The smallest ``(height, width)`` of the canvas.
        mean: Colour of the canvas, ``(3, 1, 1)`` float32.
        scales: Scales of the image; None is ``(1.0,)``.
        flip: Whether the image is also looked at flipped from left to right.
        softmax_first: Whether scores become probabilities before they are resized, as in ChainerCV; else
            after it, as in TensorFlow.
    """

    min_input_size: tuple[int, int]
    mean: np.ndarray
    scales: Sequence[float] | None
    flip: bool
    softmax_first: bool = True

    def __post_init__(self) -> None:
        """Check what was set."""
        vars(self)['min_input_size'] = size_pair(self.min_input_size, name='min_input_size')
        checked_scales(self.scales)

    @property
    def protocol(self) -> dict[str, str]:
        """What a score depends on."""
        height, width = self.min_input_size
        protocol = {
            'input': f'whole image on at least {height}x{width}',
            **view_settings(self.scales, self.flip),
            'resize': resize_backend(),
        }
        return protocol if self.softmax_first else protocol | {'softmax': 'after resizing'}

    def plan(self, image: np.ndarray, arrays: Arrays) -> 'CanvasPlan':
        """Plan an image ``(3, H, W)`` float32 over operations on arrays where the network is."""
        return CanvasPlan(image, arrays, self)


class CanvasPlan:
    """What `CanvasViews` are of one image."""

    def __init__(self, image: np.ndarray, arrays: Arrays, views: CanvasViews) -> None:
        self.image = image
        self.arrays = arrays
        self.min_input_size = views.min_input_size
        self.mean = views.mean
        self.softmax_first = views.softmax_first
        self.size = image.shape[1], image.shape[2]
        self.views = [
            (scaled_size(self.size, scale), flipped)
            for scale in checked_scales(views.scales)
            for flipped in ((False, True) if views.flip else (False,))
        ]

    def inputs(self) -> Iterator[Any]:
        """Make the canvases."""
        image, mean = self.arrays.send(self.image), self.arrays.send(self.mean)
        for size, flipped in self.views:
            view = self.arrays.resize_as_image(image[:, :, ::-1] if flipped else image, size)
            yield prepare_canvas(view, self.min_input_size, mean=mean)

    def tail(self) -> Tail | None:
        """Say how the label map is made of the scores where one canvas is all; None where it is not."""
        if self.views != [(self.size, False)]:
            return None
        canvas = canvas_size(self.size, self.min_input_size)
        height, width = self.size
        return Tail(canvas, (0, height), (0, width), softmax=self.softmax_first)

    def label(self, scores: Iterator[Any]) -> Any:
        """Average over scales and flips, and take the largest."""
        if self.arrays.in_one and self.views == [(self.size, False)]:
            height, width = self.size
            return self.arrays.labels(
                self.arrays.probabilities(next(scores)) if self.softmax_first else next(scores),
                size=canvas_size(self.size, self.min_input_size),
                part=(slice(0, height), slice(0, width)),
            )
        total: Any = None
        for (height, width), flipped in self.views:
            canvas = canvas_size((height, width), self.min_input_size)
            view = self.probabilities(next(scores), canvas)
            view = self.arrays.resize_as_image(view[:, :height, :width], self.size)
            # Divided one by one, as ChainerCV does: the same rounding, the same ties.
            view /= len(self.views)
            view = view[:, :, ::-1] if flipped else view
            if total is None:
                total = view
            else:
                total += view
        return self.arrays.label_map(total)

    def probabilities(self, scores: Any, canvas: tuple[int, int]) -> Any:
        """Make probabilities of scores, of the size of a canvas."""
        if self.softmax_first:
            return self.arrays.resize_scores(self.arrays.probabilities(scores), canvas)
        return self.arrays.probabilities(self.arrays.resize_scores(scores, canvas))


def canvas_size(size: tuple[int, int], min_input_size: tuple[int, int]) -> tuple[int, int]:
    """Decide how large the canvas of an image is."""
    return max(size[0], min_input_size[0]), max(size[1], min_input_size[1])


def prepare_canvas(image: Any, min_input_size: tuple[int, int], *, mean: Any) -> Any:
    """Put an image on a canvas, at the top left, and bring [0, 255] to [-1, 1].

    Args:
        image: ``(3, H, W)`` float32 in [0, 255], of NumPy or CuPy.
        min_input_size: The smallest ``(height, width)`` of the canvas.
        mean: Colour of the canvas, ``(3, 1, 1)`` float32 in [0, 255], of the same.

    Returns:
        ``(3, H', W')`` float32, ``H'`` and ``W'`` at least the image's and ``min_input_size``.
    """
    check_array(image, '(3, H, W)', name='image')
    min_input_size = size_pair(min_input_size, name='min_input_size')
    _, H, W = image.shape
    xp = chainer.backend.get_array_module(image)
    canvas = xp.empty((3, *canvas_size((H, W), min_input_size)), dtype=np.float32)
    canvas[...] = mean
    canvas[:, :H, :W] = image
    return canvas / 127.5 - 1.0
