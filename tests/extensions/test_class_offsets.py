import numpy as np
import pytest

from chainercv_seg.evaluations import calc_semantic_segmentation_iou
from chainercv_seg.extensions import fit_class_offsets


def overlapping(n=20000, seed=0):
    """Log likelihoods of three classes of numbers around 0, 1 and 2, the second of which is rare."""
    rng, deviation = np.random.default_rng(seed), 0.45
    labels = rng.choice(3, n, p=[0.6, 0.05, 0.35]).astype(np.int32)
    x = rng.normal(labels, deviation)
    prior = np.log([0.6, 0.05, 0.35])[:, None]
    scores = prior - (x - np.arange(3)[:, None]) ** 2 / (2 * deviation**2)
    return scores.astype(np.float32), labels


def mean_iou(scores, labels, offsets=0):
    predicted = (scores + np.reshape(offsets, (-1, 1))).argmax(0)
    confusion = np.zeros((len(scores), len(scores)), np.int64)
    np.add.at(confusion, (labels, predicted), 1)
    return np.nanmean(calc_semantic_segmentation_iou(confusion))


def test_a_rare_class_is_guessed_sooner_and_that_holds_for_others_too():
    offsets = fit_class_offsets(*overlapping())
    assert (offsets.shape, offsets.dtype) == ((3,), np.float32)
    others = overlapping(seed=1)
    assert offsets[1] > max(offsets[0], offsets[2])
    assert mean_iou(*others, offsets) > mean_iou(*others) + 0.03


def test_it_is_never_worse_on_what_it_was_fitted_on():
    rng = np.random.default_rng(0)
    for n_class in (1, 2, 5):
        scores, labels = rng.normal(size=(n_class, 300)), rng.integers(n_class, size=300)
        assert mean_iou(scores, labels, fit_class_offsets(scores, labels)) >= mean_iou(
            scores, labels
        )


def test_what_is_right_stays():
    labels = np.arange(4).repeat(5)
    np.testing.assert_array_equal(fit_class_offsets(10 * np.eye(4)[:, labels], labels), 0)


def test_pixels_without_a_class_do_not_count():
    scores, labels = overlapping(2000)
    noise = np.random.default_rng(3).normal(size=(3, 500)).astype(np.float32)
    found = fit_class_offsets(np.hstack([scores, noise]), np.hstack([labels, np.full(500, -1)]))
    np.testing.assert_array_equal(found, fit_class_offsets(scores, labels))


def test_a_class_that_is_not_there_is_left_out():
    scores, labels = overlapping(2000)
    more = np.vstack([scores, np.full(2000, -100, np.float32)])
    np.testing.assert_array_equal(
        fit_class_offsets(more, labels)[:3], fit_class_offsets(scores, labels)
    )


@pytest.mark.parametrize(
    ('shape', 'labels', 'message'),
    [
        ((3, 4), [0, 1], 'expected scores'),
        ((3, 2, 2), [0, 1], 'expected scores'),
        ((3, 2), [0, 3], 'labels from 0 to 2'),
        ((3, 2), [-1, -1], 'one at least'),
        ((3, 0), [], 'one at least'),
    ],
)
def test_wrong_arguments_are_refused(shape, labels, message):
    with pytest.raises(ValueError, match=message):
        fit_class_offsets(np.zeros(shape, np.float32), np.array(labels, np.int32))
