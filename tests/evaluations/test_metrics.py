import numpy as np
import pytest

from chainercv_seg.evaluations import metrics

COUNTS = np.array([[3, 0, 1, 0], [0, 7, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0]])


@pytest.mark.parametrize(
    ('policy', 'iou', 'miou'),
    [
        ('skip', [0.75, 0.875, 0, np.nan], 0.542),
        ('zero', [0.75, 0.875, 0, 0], 0.406),
        ('one', [0.75, 0.875, 0, 1], 0.656),
        ('ground-truth', [0.75, 0.875, np.nan, np.nan], 0.813),
    ],
)
def test_each_policy_gives_the_score_of_the_tools_that_have_it(policy, iou, miou):
    scores = metrics.iou(COUNTS, absent_class=policy)
    np.testing.assert_allclose(scores, iou)
    assert round(metrics.mean(scores) + 1e-9, 3) == miou


def test_an_unknown_policy_is_refused():
    with pytest.raises(ValueError, match='ground-truth'):
        metrics.iou(COUNTS, absent_class='nan')


def test_scores_equal_their_definitions():
    counts = np.array([[5, 1], [2, 4]])
    np.testing.assert_allclose(metrics.iou(counts), [5 / 8, 4 / 7])
    np.testing.assert_allclose(metrics.recall(counts), [5 / 6, 4 / 6])
    np.testing.assert_allclose(metrics.precision(counts), [5 / 7, 4 / 5])
    np.testing.assert_allclose(metrics.f1(counts), [10 / 13, 8 / 11])
    assert metrics.pixel_accuracy(counts) == 9 / 12
    assert metrics.frequency_weighted_iou(counts) == pytest.approx((6 * 5 / 8 + 6 * 4 / 7) / 12)


def test_void_predictions_are_misses():
    counts, void = np.array([[5, 1], [2, 4]]), np.array([4, 0])
    np.testing.assert_allclose(metrics.iou(counts, void), [5 / 12, 4 / 7])
    np.testing.assert_allclose(metrics.recall(counts, void), [5 / 10, 4 / 6])
    np.testing.assert_allclose(metrics.precision(counts), [5 / 7, 4 / 5])
    np.testing.assert_allclose(metrics.f1(counts, void), [10 / 17, 8 / 11])
    assert metrics.pixel_accuracy(counts, void) == 9 / 16
    assert metrics.frequency_weighted_iou(counts, void) == pytest.approx(
        (10 * 5 / 12 + 6 * 4 / 7) / 16
    )


def test_a_class_that_is_always_predicted_void_is_not_absent():
    np.testing.assert_array_equal(metrics.iou(np.zeros((1, 1), int), np.array([3])), [0])


def test_nothing_counted_gives_nan_and_no_warning():
    counts = np.zeros((2, 2), dtype=np.int64)
    for scores in (
        metrics.iou(counts),
        metrics.recall(counts),
        metrics.precision(counts),
        metrics.f1(counts),
    ):
        assert np.isnan(scores).all()
        assert np.isnan(metrics.mean(scores))
    assert np.isnan(metrics.pixel_accuracy(counts))
    assert np.isnan(metrics.frequency_weighted_iou(counts))


@pytest.mark.parametrize('values', ['x', None, [[1, 2], [3]], [['a']], {}, object()])
def test_what_is_no_number_is_a_sentence(values):
    for call in (
        lambda: metrics.mean(values),
        lambda: metrics.iou(values),
        lambda: metrics.iou(np.eye(2, dtype=int), values),
        lambda: metrics.pixel_accuracy(values, 0),
    ):
        with pytest.raises(ValueError, match=r'must be an array .*of numbers'):
            call()


def test_void_predictions_are_one_a_class():
    with pytest.raises(ValueError, match=r'one a class, \(2,\), or a number, not \(3,\)'):
        metrics.recall(np.eye(2, dtype=int), np.zeros(3, int))


def test_scores_in_a_list_have_a_mean():
    assert metrics.mean([0.5, float('nan'), 1.0]) == 0.75
