"""The images that cost each class the most, kept while an evaluation runs."""

import io
import zlib
from dataclasses import dataclass

import numpy as np
from PIL import Image

from chainercv_seg.evaluations.confusion_matrix import ConfusionMatrix

#: The longer side of the pictures that are kept, in pixels.
_SIDE = 480
#: Entries over all classes: with their pictures (some 60 kB each) they bound the memory.
_ENTRIES = 150


@dataclass(frozen=True)
class Ranked:
    """An image in the ranking of a class.

    Attributes:
        wrong: Pixels that are wrong about the class: its pixels that were missed, and pixels that were
            taken for it.
        index: Number of the image.
        iou: IoU of the class in this image.
    """

    wrong: int
    index: int
    iou: float


@dataclass(frozen=True)
class Pictures:
    """An image, its truth and its prediction, scaled down.

    Attributes:
        jpeg: The image as a JPEG file.
        size: Height and width of all three.
        labels: Truth, then prediction, int16, compressed.
    """

    jpeg: bytes
    size: tuple[int, int]
    labels: bytes

    @classmethod
    def of(cls, img: np.ndarray, label: np.ndarray, pred: np.ndarray) -> 'Pictures':
        """Scale down an image ``(3, H, W)`` in [0, 255] and label maps ``(H, W)``."""
        label = small_label(label)
        labels = np.stack([label, small_label(pred)]).astype(np.int16)
        h, w = label.shape
        return cls(small_jpeg(img, (h, w)), (h, w), zlib.compress(labels.tobytes(), 1))

    def label_and_pred(self) -> np.ndarray:
        """``(2, h, w)`` int16: truth and prediction."""
        return np.frombuffer(zlib.decompress(self.labels), dtype=np.int16).reshape(2, *self.size)


def small_label(label: np.ndarray) -> np.ndarray:
    """Scale down a label map ``(H, W)``, by the nearest pixels, to the size of pictures."""
    H, W = label.shape
    factor = min(1.0, _SIDE / max(H, W))
    h, w = max(1, round(H * factor)), max(1, round(W * factor))
    return label[np.ix_(np.arange(h) * H // h, np.arange(w) * W // w)]


def small_jpeg(img: np.ndarray, size: tuple[int, int]) -> bytes:
    """Write an image ``(3, H, W)`` in [0, 255] as a JPEG of a height and width."""
    file = io.BytesIO()
    picture = Image.fromarray(img.astype(np.uint8).transpose(1, 2, 0))
    picture.resize(size[::-1], Image.Resampling.BOX).save(file, format='JPEG', quality=80)
    return file.getvalue()


class WorstImages:
    """A ranking of images for each class, and small pictures of those in it.

    What ranks first is what has the most pixels that are wrong about the class: these images lower
    its IoU most. The ranking does not depend on the order in which images come, and its size not on
    their number. :meth:`show` is what ``evaluate`` takes as ``on_image``.

    Args:
        n_class: Number of classes.
        per_class: Images to keep for each class; by default 3, or 1 where there are many classes.
    """

    def __init__(self, n_class: int, *, per_class: int | None = None) -> None:
        self.per_class = per_class or max(1, min(3, _ENTRIES // max(1, n_class)))
        self.ranking: list[list[Ranked]] = [[] for _ in range(n_class)]
        self.pictures: dict[int, Pictures] = {}

    def rank(self, index: int, counts: ConfusionMatrix) -> None:
        """Rank an image by its counts alone.

        Args:
            index: Number of the image.
            counts: Its counts.
        """
        right = np.diag(counts.counts)
        truth = counts.counts.sum(axis=1) + counts.void_predictions
        union = truth + counts.counts.sum(axis=0) - right
        wrong = union - right
        for k in np.flatnonzero(wrong):
            self._enter(int(k), Ranked(int(wrong[k]), index, float(right[k] / union[k])))
        self._forget()

    def show(self, index: int, img: np.ndarray, label: np.ndarray | None, pred: np.ndarray) -> None:
        """Keep small pictures of an image if it is in the ranking.

        Args:
            index: Number of the image.
            img: ``(3, H, W)`` RGB in [0, 255].
            label: ``(H, W)`` integers, -1 for void.
            pred: ``(H, W)`` integers.
        """
        if label is not None and index in self._indices():
            self.pictures[index] = Pictures.of(img, label, pred)

    def missing(self) -> list[int]:
        """Numbers of the images that are in the ranking without pictures."""
        return sorted(self._indices() - set(self.pictures))

    def merge(self, other: 'WorstImages') -> None:
        """Add what another process has ranked of the same data set."""
        for k, entries in enumerate(other.ranking):
            for entry in entries:
                self._enter(k, entry)
        self.pictures.update(other.pictures)
        self._forget()

    def _enter(self, k: int, entry: Ranked) -> None:
        entries = [other for other in self.ranking[k] if other.index != entry.index] + [entry]
        # Of equals the first in the data set, whichever comes first.
        entries.sort(key=lambda entry: (-entry.wrong, entry.index))
        self.ranking[k] = entries[: self.per_class]

    def _forget(self) -> None:
        kept = self._indices()
        self.pictures = {index: value for index, value in self.pictures.items() if index in kept}

    def _indices(self) -> set[int]:
        return {entry.index for entries in self.ranking for entry in entries}
