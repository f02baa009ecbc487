"""The notes on a result that the commands tell."""

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np

from chainercv_seg.cli.benchmarks import Benchmark
from chainercv_seg.cli.folder_benchmark import FOLDER
from chainercv_seg.datasets import LabelFormat, plain_label_format
from chainercv_seg.evaluations import EvaluationResult
from chainercv_seg.evaluations.notes import (
    notes_on_missing_classes,
    notes_on_predictions,
    notes_on_truth,
)

#: Label maps that are looked at where there is a doubt about all of them.
_SEEN = 20
_NETWORK_REMEDY = (
    'the weights (--pretrained-model), which may know other classes or another order of them'
)


def notes_on_files(
    options: argparse.Namespace,
    benchmark: Benchmark,
    dataset: Any,
    result: EvaluationResult,
    label_format: LabelFormat,
    others: dict[str, LabelFormat],
    score: Callable[[str], float | None],
) -> tuple[str, ...]:
    """Tell what makes one doubt the score of predictions that are files.

    Args:
        options: Those of the data set.
        benchmark: The data set that they choose.
        dataset: The data set itself, with the key ``'label'``.
        result: What was found.
        label_format: The values of files by which the predictions were read.
        others: By the option that would choose them, the values that the files may hold instead.
        score: Gives the mean IoU with one of these options; None where files do not hold such values.

    Returns:
        A sentence for each doubt.
    """
    remedy = 'what the files hold, and the order of the classes'
    if options.dataset == FOLDER:
        remedy = f'{remedy}: void is {options.ignore_label} (--ignore-label)'
    return (
        *_notes_on_labels(options, benchmark, dataset, result),
        *notes_on_predictions(result, label_format, others=others, remedy=remedy, score=score),
    )


def notes_on_network(
    options: argparse.Namespace, benchmark: Benchmark, dataset: Any, result: EvaluationResult
) -> tuple[str, ...]:
    """Tell what makes one doubt the score of a network.

    Args:
        options: Those of the data set and the network.
        benchmark: The data set that they choose.
        dataset: The data set itself, or a part of it, with the key ``'label'``.
        result: What was found.

    Returns:
        A sentence for each doubt.
    """
    return (
        *_notes_on_labels(options, benchmark, dataset, result),
        *notes_on_predictions(result, benchmark.label_format, others={}, remedy=_NETWORK_REMEDY),
    )


def notes_on_journals(result: EvaluationResult) -> tuple[str, ...]:
    """Tell what makes one doubt the score of a network whose data are not at hand."""
    label_format = plain_label_format(len(result.label_names))
    return tuple(notes_on_predictions(result, label_format, others={}, remedy=_NETWORK_REMEDY))


def _notes_on_labels(
    options: argparse.Namespace, benchmark: Benchmark, dataset: Any, result: EvaluationResult
) -> list[str]:
    if options.dataset != FOLDER or getattr(options, 'limit', None) is not None:
        return []
    labels = dataset.slice[:, 'label']
    seen = np.unique(np.linspace(0, len(labels) - 1, _SEEN).astype(int))
    true = result.counts.any(axis=1) | (result.void_predictions > 0)
    notes: list[str] = []
    if np.count_nonzero(true) in (1, len(true) - 1):
        void_share = float(np.mean([(labels[int(i)] < 0).mean() for i in seen]))
        notes = notes_on_truth(result, void_share, benchmark.label_format)
    return notes or notes_on_missing_classes(result, str(options.label_names))
