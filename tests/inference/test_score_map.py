"""Operations on score maps."""

import numpy as np

from chainercv_seg import transforms
from chainercv_seg.inference.score_map import (
    add,
    label_map,
    probabilities,
    resize_as_image,
    resize_scores,
)

SCORES = np.random.default_rng(0).normal(size=(4, 5, 6)).astype('f')


def test_probabilities_sum_to_one():
    p = probabilities(SCORES)
    assert p.dtype == np.float32
    np.testing.assert_allclose(p.sum(axis=0), 1, rtol=1e-6)
    np.testing.assert_allclose(p, np.exp(SCORES) / np.exp(SCORES).sum(axis=0), rtol=1e-5)


def test_the_networks_resizing_keeps_the_corners():
    out = resize_scores(SCORES, (9, 16))
    assert out.shape == (4, 9, 16)
    np.testing.assert_allclose(out[:, ::8, ::15], SCORES[:, ::4, ::5], rtol=1e-5)


def test_nothing_is_resized_to_its_own_size():
    assert resize_scores(SCORES, (5, 6)) is SCORES
    assert resize_as_image(SCORES, (5, 6)) is SCORES


def test_the_images_resizing_is_that_of_the_transforms():
    out = resize_as_image(SCORES, (9, 16))
    np.testing.assert_array_equal(out, transforms.resize(SCORES, (9, 16)))


def test_the_first_of_equal_scores_wins():
    scores = np.array([[[1, 2]], [[3, 2]], [[3, 0]]], dtype='f')
    label = label_map(scores)
    assert label.dtype == np.int32
    np.testing.assert_array_equal(label, [[1, 0]])


def test_a_sum_starts_with_its_first_term():
    total = add(None, SCORES.copy())
    assert add(total, SCORES) is total
    np.testing.assert_array_equal(total, 2 * SCORES)
