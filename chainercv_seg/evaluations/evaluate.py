"""The evaluation loop: a network's predictions on a data set, counted as they come."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import numpy as np

from chainercv_seg.evaluations.confusion_matrix import ConfusionMatrix
from chainercv_seg.evaluations.evaluation_result import EvaluationResult
from chainercv_seg.evaluations.metrics import ABSENT_CLASS_POLICIES, AbsentClass
from chainercv_seg.utils.errors import DatasetError

T = TypeVar('T')
#: Called with the number of an image in the whole data set, the image ``(3, H, W)``, its label map
#: ``(H, W)`` or None where the data set has no labels, and its prediction ``(H, W)``.
OnImage = Callable[[int, np.ndarray, np.ndarray | None, np.ndarray], None]


class SegmentationLink(Protocol):
    """What the loop asks of a network."""

    def predict(self, imgs: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Label maps ``(H, W)`` of images ``(3, H, W)``."""


def evaluate(
    link: SegmentationLink,
    dataset: Any,
    *,
    label_names: Sequence[str],
    batchsize: int = 1,
    absent_class: AbsentClass = 'skip',
    protocol: Mapping[str, Any] | None = None,
    weights: str | None = None,
    weights_sha256: str | None = None,
    on_image: OnImage | None = None,
) -> EvaluationResult:
    """Evaluate a network on a data set.

    Predictions are counted and forgotten, so that memory does not grow with the data set. Progress is
    shown on standard error where that is a terminal.

    Args:
        link: Its ``predict`` takes a list of images and returns their label maps.
        dataset: ``len(dataset)`` samples ``(img, label)``: ``(3, H, W)`` float32 RGB in [0, 255] and
            ``(H, W)`` integers, -1 for void. Or images alone, as test splits have them: they are
            predicted, and nothing is counted.
        label_names: A name for each class; their number is the number of classes.
        batchsize: Images given to ``predict`` at once.
        absent_class: The policy for classes in neither truth nor prediction; see :func:`metrics.iou`.
        protocol: What the caller wants to say of the data. What ``link.protocol`` says of the
            network and its inference, where it has that attribute, the number of images and
            the policy for absent classes are added.
        weights: What the network's weights are called.
        weights_sha256: Hash of their file.
        on_image: Called once an image, in the order of the data set, in the process that predicted it.

    Returns:
        Counts, scores, protocol.

    Raises:
        DatasetError: An image and its label map differ in size, or a label is outside the classes.
        ValueError: ``batchsize`` or ``absent_class`` is no value that there is, or the network predicts
            labels outside the classes.
    """
    if batchsize < 1:
        raise ValueError(f'batchsize must be at least 1, but is {batchsize}')
    if absent_class not in ABSENT_CLASS_POLICIES:
        raise ValueError(
            f'absent_class must be one of {ABSENT_CLASS_POLICIES}, not {absent_class!r}'
        )
    from tqdm import tqdm  # here, since the metrics alone must load fast

    start = time.monotonic()
    matrix = ConfusionMatrix(len(label_names))
    # disable=None: no bar where standard error is not a terminal.
    with tqdm(total=len(dataset), unit='image', disable=None) as progress:
        for batch in _batches(range(len(dataset)), batchsize):
            samples = [_sample(dataset, i, matrix.n_class) for i in batch]
            pred_labels = link.predict([img for img, _ in samples])
            for i, (img, label), pred in zip(batch, samples, pred_labels, strict=True):
                if label is not None:
                    matrix.update(pred, label)
                if on_image is not None:
                    on_image(i, img, label, pred)
            progress.update(len(batch))
    return EvaluationResult(
        counts=matrix.counts,
        void_predictions=matrix.void_predictions,
        label_names=tuple(label_names),
        protocol={
            **(protocol or {}),
            'images': len(dataset),
            **getattr(link, 'protocol', {}),
            'absent_class': absent_class,
        },
        weights=weights,
        weights_sha256=weights_sha256,
        seconds=time.monotonic() - start,
    )


def _batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _sample(dataset: Any, index: int, n_class: int) -> tuple[np.ndarray, np.ndarray | None]:
    sample = dataset[index]
    if isinstance(sample, np.ndarray):  # a test split
        return sample, None
    img, label = sample
    if img.shape[1:] != label.shape:
        raise DatasetError(
            f'{_name(dataset, index)}: the image is {img.shape[1:]}, its label map {label.shape} '
            '(height, width): they must be equal'
        )
    if label.size and not (label.min() >= -1 and label.max() < n_class):
        raise DatasetError(
            f'{_name(dataset, index)}: labels run from {label.min()} to {label.max()}, expected -1 '
            f'(void) to {n_class - 1}'
        )
    return img, label


def _name(dataset: Any, index: int) -> str:
    return dataset.sample_name(index) if hasattr(dataset, 'sample_name') else f'sample {index}'
