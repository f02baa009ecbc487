"""Saved results of made-up networks: some share of the pixels right, more or less."""

import numpy as np

from chainercv_seg.datasets import LabelFormat
from chainercv_seg.evaluations import ConfusionMatrix, EvaluationResult
from chainercv_seg.evaluations.journal_entries import Entry
from chainercv_seg.evaluations.measures.sums import MeasureSums
from chainercv_seg.evaluations.per_image import PerImageCollector
from chainercv_seg.evaluations.per_image_files import write_per_image
from chainercv_seg.evaluations.result_files import write_results
from chainercv_seg.evaluations.saved_predictions import SavedPredictions

NAMES = ('road', '<b>wall</b>', 'never', '=sky')
COLORS = ((9, 0, 0), (0, 9, 0), (0, 0, 9), (9, 9, 0))


def label_maps(n, skill, *, seed=0, truth_seed=0):
    """Predictions and truths."""
    truths, rng = np.random.RandomState(truth_seed), np.random.RandomState(seed)
    for i in range(n):
        label = truths.choice([-1, 0, 1, 3], (8, 9 + i % 2))
        right = rng.rand(*label.shape) < skill - 0.1 * (i % 3)
        yield np.where(right, label, rng.choice([-1, 0, 1, 3], label.shape)), label


def save(
    folder,
    skill=0.8,
    *,
    n=12,
    seed=0,
    truth_seed=0,
    policy='skip',
    label_names=NAMES,
    image='image {}'.format,
    groups=(),
    predictions=False,
    measures=(),
):
    """Write a result as ``score --per-image`` does."""
    folder.mkdir(parents=True)
    collector, total = PerImageCollector(len(label_names)), ConfusionMatrix(len(label_names))
    saved = None
    if predictions:
        (folder / 'p').mkdir()
        saved = SavedPredictions(folder / 'p', LabelFormat((1, 2, 3, 4), 0), COLORS)
    sums = MeasureSums(measures, label_names)
    for i, (pred, label) in enumerate(label_maps(n, skill, seed=seed, truth_seed=truth_seed)):
        counts = ConfusionMatrix(len(label_names))
        counts.update(pred, label)
        total.merge(counts)
        entry = Entry(i, counts, None, sums.tally(pred, label), label.shape)
        collector.take(entry)
        sums.add(i, counts, entry.tallies)
        if saved is not None:
            saved.label_format.write(pred, saved.folder / f'{image(i)}.png')
    result = EvaluationResult(
        total.counts,
        total.void_predictions,
        tuple(label_names),
        protocol={'data': 'x val', 'images': n, 'absent_class': policy},
        weights='w.npz',
        weights_sha256='ab',
        measures=sums.scores(total, policy),
    )
    write_results(result, folder, predictions=saved)
    names = [image(i) for i in range(n)]
    write_per_image(collector.collected(names, label_names, groups=groups, unit='places'), folder)
    return folder
