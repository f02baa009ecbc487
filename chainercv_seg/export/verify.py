"""What an exported network computes, held against the network itself."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import chainer
import numpy as np

from chainercv_seg.datasets import SyntheticStreetDataset
from chainercv_seg.inference import CanvasViews, TiledViews, WholeViews
from chainercv_seg.inference.arrays import Arrays
from chainercv_seg.inference.canvas import canvas_size, prepare_canvas
from chainercv_seg.prepared import PreparedNetwork
from chainercv_seg.transforms import resize
from chainercv_seg.utils.errors import ExportError

#: Scores in float32 are as good as equal within this share of the largest.
TOLERANCE = 1e-5
#: The most pixels whose labels may differ by ties in pooling.
_TIES = 5e-3


class Difference(NamedTuple):
    """How far what was exported is from the network.

    Attributes:
        scores: The difference of scores that half of the pixels do not exceed, as a share of the largest.
        most: The largest difference, likewise.
        labels: Number of pixels with another label.
        wrong: Number of those where the network's two scores are no tie: further apart than twice `TOLERANCE`
            of the largest.
        pixels: Number of pixels in all.
    """

    scores: float
    most: float
    labels: int
    wrong: int
    pixels: int

    def __str__(self) -> str:
        """Say it in words."""
        ties = f', {self.wrong} of them beyond ties' if self.labels else ''
        return (
            f'scores differ by {self.scores:.1e} of the largest in half of the pixels and by {self.most:.1e} '
            f'at most, labels in {self.labels} of {self.pixels} pixels{ties}'
        )


def drawn_images(sizes: Sequence[tuple[int, int]]) -> list[np.ndarray]:
    """Draw a street for each size, ``(3, H, W)`` float32 in [0, 255].

    They are noisy as photographs are: on flat patches rounding would decide which of equals SegNet's pooling
    takes.
    """
    noise = np.random.RandomState(0)
    return [
        np.clip(
            resize(SyntheticStreetDataset('test')[i][0], size) + noise.normal(0, 4, (3, *size)),
            0,
            255,
        ).astype(np.float32)
        for i, size in enumerate(sizes)
    ]


def expected(network: Any, views: Any, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Compute what an exported network should: the scores that the labels are the largest of, and these.

    Args:
        network: The network, with ``score`` or callable.
        views: How it looks at the image: once.
        image: ``(3, H, W)`` float32.
    """
    arrays, size = Arrays(), (image.shape[1], image.shape[2])
    if isinstance(views, TiledViews):
        x = image if views.mean is None else image - views.mean
        x = x if views.std is None else x / views.std
        scores = _score(network, x)
        scores = arrays.resize_scores(scores, size, align_corners=views.align_corners)
    elif isinstance(views, CanvasViews):
        x = prepare_canvas(image, views.min_input_size, mean=views.mean)
        scores, canvas = _score(network, x), canvas_size(size, views.min_input_size)
        if views.softmax_first:
            scores = arrays.resize_scores(arrays.probabilities(scores), canvas)
        else:
            scores = arrays.probabilities(arrays.resize_scores(scores, canvas))
        scores = np.ascontiguousarray(scores[:, : size[0], : size[1]])
    else:
        scores = arrays.resize_as_image(_score(network, image), size)
    return scores, arrays.label_map(scores)


def compare(
    network: Any,
    views: Any,
    images: Sequence[np.ndarray],
    computed: Sequence[tuple[np.ndarray, np.ndarray]],
) -> Difference:
    """Hold what was exported against its network.

    SegNet puts values back where pooling took them. Where two values of a window are equal but for rounding,
    as happens in some windows of a million, the places differ, and the scores around: also between our own
    arithmetics. So for SegNet one pixel of two hundred may have another label, and half of the scores be
    further apart; for other networks none but by ties.

    Args:
        network: As of `expected`.
        views: As of `expected`.
        images: Of sizes that what was exported takes.
        computed: Scores and labels of each, by what was exported.

    Raises:
        ExportError: Labels differ where there is no tie, or scores are apart.
    """
    apart, wrong, labels = [], 0, 0
    for image, (scores, found) in zip(images, computed, strict=True):
        true, label = expected(network, views, image)
        if scores.shape != true.shape:
            raise ExportError(f'scores are {scores.shape}, and those of the network {true.shape}')
        largest = float(np.abs(true).max())
        apart.append(np.abs(scores - true).max(axis=0).ravel() / largest)
        best, chosen = (np.take_along_axis(true, one[None], axis=0)[0] for one in (label, found))
        labels += int(np.count_nonzero(found != label))
        wrong += int(np.count_nonzero(best - chosen > 2 * TOLERANCE * largest))
    pixels = np.concatenate(apart)
    difference = Difference(
        float(np.median(pixels)), float(pixels.max()), labels, wrong, pixels.size
    )
    pools = isinstance(views, WholeViews)
    allowed = int(_TIES * pixels.size) if pools else 0
    if not (difference.scores <= TOLERANCE and (pools or difference.most <= 10 * TOLERANCE)) or (
        wrong > allowed
    ):
        raise ExportError(
            f'what was exported is not what the network is: {difference}. Do not use it, and report this '
            'with the versions of the packages'
        )
    return difference


def _score(network: Any, x: np.ndarray) -> np.ndarray:
    """Compute the scores ``(n_class, h, w)`` of a network input, by a network that is optimized or plain."""
    with chainer.using_config('train', False), chainer.no_backprop_mode():
        if isinstance(network, PreparedNetwork):
            return network.score(x[None])[0]
        return network(x[None]).array[0]
