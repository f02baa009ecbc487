import numpy as np
import pytest

from chainercv_seg.evaluations import EvaluationResult
from chainercv_seg.evaluations.class_sums import CLASS_SCORES, MEANS, ClassSums
from chainercv_seg.evaluations.metrics import ABSENT_CLASS_POLICIES


def matrices():
    """Confusion matrices with classes that are absent, only predicted, or only in truth."""
    rng = np.random.RandomState(0)
    for _ in range(20):
        counts = rng.randint(0, 9, (5, 5)) * (rng.rand(5, 5) < 0.5)
        counts[4] = counts[:, 4] = counts[3] = 0
        yield counts, rng.randint(0, 3, 5) * (np.arange(5) < 3)
    yield np.zeros((5, 5), int), np.zeros(5, int)


def sums_of(pairs):
    right = [np.diag(counts) for counts, _ in pairs]
    truth = [counts.sum(axis=1) + void for counts, void in pairs]
    predicted = [counts.sum(axis=0) for counts, _ in pairs]
    return ClassSums(*(np.array(rows, float) for rows in (right, truth, predicted)))


@pytest.mark.parametrize('policy', ABSENT_CLASS_POLICIES)
def test_the_scores_of_each_row_are_those_of_its_matrix(policy):
    pairs = list(matrices())
    scores = sums_of(pairs).scores(policy)
    for i, (counts, void) in enumerate(pairs):
        result = EvaluationResult(counts, void, tuple('abcde'), {'absent_class': policy})
        for name in (*MEANS, *CLASS_SCORES):
            np.testing.assert_allclose(scores[name][i], getattr(result, name), rtol=1e-14)


def test_rows_are_added_up_as_often_as_they_are_drawn():
    pairs = list(matrices())[:3]
    sums = sums_of(pairs).combine(np.array([[2.0, 0, 1]]))
    expected = sums_of([(2 * pairs[0][0] + pairs[2][0], 2 * pairs[0][1] + pairs[2][1])])
    for name in ('right', 'truth', 'predicted'):
        np.testing.assert_array_equal(getattr(sums, name), getattr(expected, name))


def test_groups_have_the_sums_of_their_members():
    pairs = list(matrices())[:3]
    sums = sums_of(pairs).add_up(np.array([1, 0, 1]), 2)
    expected = sums_of([pairs[1], (pairs[0][0] + pairs[2][0], pairs[0][1] + pairs[2][1])])
    for name in ('right', 'truth', 'predicted'):
        np.testing.assert_array_equal(getattr(sums, name), getattr(expected, name))
