"""Dice scores (Dice 1945) against sets of pixels."""

import numpy as np
import pytest

from chainercv_seg.evaluations import ConfusionMatrix
from chainercv_seg.evaluations.measures.dice import Dice
from chainercv_seg.evaluations.measures.sums import MeasureSums


def scores(pairs, absent_class='skip', n=4):
    sums, matrix = MeasureSums([Dice()], [str(k) for k in range(n)]), ConfusionMatrix(n)
    for pred, label in pairs:
        matrix.update(pred, label)
    return sums.scores(matrix, absent_class)[0]


def test_it_is_twice_the_common_pixels_over_the_sum_of_both_sets():
    rng = np.random.RandomState(0)
    pairs = [(rng.randint(-1, 3, (9, 8)), rng.randint(-1, 3, (9, 8))) for _ in range(3)]
    truths = {k: set() for k in range(3)}
    predictions = {k: set() for k in range(3)}
    for i, (pred, label) in enumerate(pairs):
        for at, true in np.ndenumerate(label):
            if true >= 0:
                truths[true].add((i, at))
                if pred[at] >= 0:
                    predictions[pred[at]].add((i, at))
    found = scores(pairs)
    expected = [
        2 * len(truths[k] & predictions[k]) / (len(truths[k]) + len(predictions[k]))
        for k in range(3)
    ]
    assert list(found.scores.values())[:3] == pytest.approx(expected, abs=1e-15)
    assert np.isnan(found.scores['3'])
    assert found.means['mean_dice'] == pytest.approx(np.mean(expected), abs=1e-15)


def test_absent_classes_follow_the_policy():
    label = np.array([[0, 0, 1, 1]])
    for policy, mean in [('skip', 1), ('zero', 1 / 2), ('one', 1), ('ground-truth', 1)]:
        assert scores([(label, label)], policy).means['mean_dice'] == mean
