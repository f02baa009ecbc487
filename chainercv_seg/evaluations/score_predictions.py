"""Scoring predictions that are files, without a network."""

import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from chainercv_seg.datasets.label_format import LabelFormat
from chainercv_seg.datasets.sliceable_dataset import SliceableDataset
from chainercv_seg.evaluations.confusion_matrix import ConfusionMatrix
from chainercv_seg.evaluations.evaluate import OnDone
from chainercv_seg.evaluations.evaluation_result import EvaluationResult
from chainercv_seg.evaluations.journal_entries import Entry
from chainercv_seg.evaluations.measures import Measure
from chainercv_seg.evaluations.measures.sums import MeasureSums
from chainercv_seg.evaluations.metrics import AbsentClass
from chainercv_seg.evaluations.prediction_files import read_prediction
from chainercv_seg.evaluations.progress import show_progress
from chainercv_seg.evaluations.read_ahead import read_ahead
from chainercv_seg.utils.errors import DatasetError


def score_predictions(
    dataset: SliceableDataset,
    paths: Sequence[Path],
    *,
    label_names: Sequence[str],
    label_format: LabelFormat,
    absent_class: AbsentClass = 'skip',
    protocol: Mapping[str, Any] | None = None,
    on_done: OnDone | None = None,
    measures: Sequence[Measure] = (),
    threads: int = 1,
    remedy: str = '',
) -> EvaluationResult:
    """Count the pixels of predictions, which are files, by true and predicted class.

    Args:
        dataset: It has the key ``'label'``. Images are not read.
        paths: The prediction of each sample.
        label_names: A name for each class.
        label_format: The values that stand for classes in the files of predictions.
        absent_class: The policy for classes in neither truth nor prediction; see :func:`metrics.iou`.
        protocol: What to say of the data.
        on_done: Called with what is known of each image, in order.
        measures: What to measure besides; see :func:`~chainercv_seg.evaluations.measures.make_measures`.
        threads: How many pairs are read and counted at once. Threads do as well as processes: Pillow and
            NumPy release the interpreter's lock where they decode, look up and count.
        remedy: What to do about predictions with other values than those of ``label_format``.

    Returns:
        Counts, scores, protocol.

    Raises:
        DatasetError: A prediction has another size than the truth or a value that stands for no class;
            or the truth cannot be used. The message names the file.
        ImageFileError: A file cannot be read as a label map.
    """
    start = time.monotonic()
    matrix = ConfusionMatrix(len(label_names))
    sums = MeasureSums(measures, label_names)
    labels = dataset.slice[:, 'label']

    def count(index: int) -> Entry:
        pred = read_prediction(paths[index], label_format, remedy=remedy)
        label = labels[index]
        counts = _count(label, pred, paths[index], matrix.n_class)
        return Entry(index, counts, None, sums.tally(pred, label), label.shape)

    counted = read_ahead(count, range(len(labels)), threads=threads, ahead=2 * threads)
    with closing(counted), show_progress(len(labels)) as progress:
        for entry in counted:
            matrix.merge(entry.counts)
            sums.add(entry.image, entry.counts, entry.tallies)
            if on_done is not None:
                on_done(entry)
            progress(1)
    return EvaluationResult(
        counts=matrix.counts,
        void_predictions=matrix.void_predictions,
        label_names=tuple(label_names),
        protocol={**(protocol or {}), 'images': len(labels), 'absent_class': absent_class},
        seconds=time.monotonic() - start,
        measures=sums.scores(matrix, absent_class),
    )


def _count(label: np.ndarray, pred: np.ndarray, path: Path, n_class: int) -> ConfusionMatrix:
    if pred.shape != label.shape:
        raise DatasetError(
            f'{path} has {pred.shape[0]} x {pred.shape[1]} pixels, its label map in the data set '
            f'{label.shape[0]} x {label.shape[1]} (height x width): they must be equal'
        )
    matrix = ConfusionMatrix(n_class)
    matrix.update(pred, label)
    return matrix
