"""The images of an evaluation, read, predicted and counted: side by side where there is a GPU."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from chainercv_seg.datasets.sample_size import check_sample_size
from chainercv_seg.evaluations.confusion_matrix import ConfusionMatrix
from chainercv_seg.evaluations.journal_entries import Entry
from chainercv_seg.evaluations.measures.sums import MeasureSums
from chainercv_seg.evaluations.read_ahead import read_ahead
from chainercv_seg.evaluations.samples import sample_name
from chainercv_seg.evaluations.side_by_side import Threads, configured, mapped
from chainercv_seg.utils.errors import DatasetError
from chainercv_seg.utils.void_advice import void_advice

#: Images that an error names; the others are counted.
_NAMED = 3


class Sample(NamedTuple):
    """An image that was read."""

    number: int
    img: np.ndarray
    label: np.ndarray | None


class Predicted(NamedTuple):
    """An image that was predicted."""

    sample: Sample
    pred: np.ndarray


class Counted(NamedTuple):
    """An image that was counted."""

    sample: Sample
    pred: np.ndarray
    entry: Entry


def predicted_counts(
    link: Any,
    dataset: Any,
    indices: Sequence[int],
    *,
    batchsize: int,
    n_class: int,
    sums: MeasureSums,
    before_read: Callable[[int], None] | None,
    threads: Threads,
) -> Generator[Counted, None, None]:
    """Read, predict and count images.

    Args:
        link: The network.
        dataset: The data set.
        indices: Which images.
        batchsize: Images given to ``predict`` at once.
        n_class: Number of classes.
        sums: Tells what to tally.
        before_read: Called with the number of an image before it is read, in the thread that does.
        threads: How many do what.

    Yields:
        The images, in their order. An exception comes in the place of the image that it is about.

    Raises:
        DatasetError: An image and its label map differ in size, or a label is outside the classes.
        ValueError: The network predicts labels outside the classes, or the wrong number of them.
    """
    read = partial(_read, dataset, n_class=n_class, before=before_read)
    with ExitStack() as stack:
        samples = read_ahead(
            configured(read), indices, threads=threads.readers, ahead=batchsize + threads.readers
        )
        stack.callback(samples.close)
        batches = iter(lambda: list(islice(samples, batchsize)), [])
        predicted = mapped(partial(_predict, link, dataset), batches, threads.predictors, stack)
        single = _single(predicted)
        stack.callback(single.close)
        count = partial(_count, dataset, n_class=n_class, sums=sums)
        counted = mapped(count, single, threads.counters, stack)
        while (image := next(counted, None)) is not None:
            yield image
            del image  # the caller's alone by now


def _single(batches: Iterator[list[Predicted]]) -> Generator[Predicted, None, None]:
    """Go through the images of batches, which are let go of one by one."""
    while batch := next(batches, None):
        while batch:
            yield batch.pop(0)


def _read(
    dataset: Any, index: int, *, n_class: int, before: Callable[[int], None] | None
) -> Sample:
    with naming(dataset, index):
        if before is not None:
            before(index)
        sample = dataset[index]
        if isinstance(sample, np.ndarray):  # a test split
            return Sample(index, sample, None)
        img, label = sample
        check_sample_size(img, label, img_name=sample_name(dataset, index))
        if label.size and not (label.min() >= -1 and label.max() < n_class):
            raise DatasetError(
                f'{sample_name(dataset, index)}: labels run from {label.min()} to {label.max()}, '
                f'expected -1 (void) to {n_class - 1}{void_advice(int(label.max()))}'
            )
    return Sample(index, img, label)


def _predict(link: Any, dataset: Any, batch: list[Sample]) -> list[Predicted]:
    with naming(dataset, *(sample.number for sample in batch)):
        preds = link.predict([sample.img for sample in batch])
        if len(preds) != len(batch):
            raise ValueError(f'the network made {len(preds)} label maps of {len(batch)} images')
    return [Predicted(sample, pred) for sample, pred in zip(batch, preds, strict=True)]


def _count(dataset: Any, predicted: Predicted, *, n_class: int, sums: MeasureSums) -> Counted:
    sample, pred = predicted
    with naming(dataset, sample.number):
        counts = ConfusionMatrix(n_class)
        if sample.label is not None:
            counts.update(pred, sample.label)
        size = None if sample.label is None else sample.label.shape
        tallies = sums.tally(pred, sample.label)
        return Counted(sample, pred, Entry(sample.number, counts, None, tallies, size))


@contextmanager
def naming(dataset: Any, *indices: int) -> Iterator[None]:
    """Let an error say which images it is about, if it does not say it itself."""
    try:
        yield
    except Exception as error:
        names = ', '.join(sample_name(dataset, i) for i in indices[:_NAMED])
        if len(indices) > _NAMED:
            names += f' and {len(indices) - _NAMED} more'
        if names not in str(error):
            # As add_note does, which Python 3.10 lacks; there the commands show it.
            error.__notes__ = [*getattr(error, '__notes__', ()), f'image: {names}']  # type: ignore[attr-defined]
        raise
