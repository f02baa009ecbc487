"""Operations on images and scores, on the CPU and as on a device."""

import chainer
import numpy as np
import pytest

from chainercv_seg import transforms
from chainercv_seg.inference.arrays import Arrays, ChainerArrays, arrays_on

SCORES = np.random.default_rng(0).normal(size=(4, 5, 6)).astype('f')
CPU = chainer.get_device('@numpy')


@pytest.fixture(params=[Arrays(), ChainerArrays(CPU)], ids=['NumPy', 'Chainer'])
def arrays(request):
    return request.param


def test_probabilities_sum_to_one(arrays):
    p = arrays.probabilities(SCORES)
    assert p.dtype == np.float32
    np.testing.assert_allclose(p.sum(axis=0), 1, rtol=1e-6)
    np.testing.assert_allclose(p, np.exp(SCORES) / np.exp(SCORES).sum(axis=0), rtol=1e-5)


def test_probabilities_of_resized_scores_are_added_to_a_part(arrays):
    total = np.ones((4, 3, 7), np.float32)
    part = slice(2, 5), slice(4, 11)
    arrays.add_probabilities(total, SCORES, size=(9, 16), part=part)
    expected = 1 + arrays.probabilities(arrays.resize_scores(SCORES, (9, 16)))[:, part[0], part[1]]
    np.testing.assert_allclose(total, expected, rtol=1e-6)


def test_the_networks_resizing_keeps_the_corners(arrays):
    out = arrays.resize_scores(SCORES, (9, 16))
    assert out.shape == (4, 9, 16)
    np.testing.assert_allclose(out[:, ::8, ::15], SCORES[:, ::4, ::5], rtol=1e-5)


def test_nothing_is_resized_to_its_own_size(arrays):
    assert arrays.resize_scores(SCORES, (5, 6)) is SCORES
    assert arrays.resize_as_image(SCORES, (5, 6)) is SCORES


@pytest.mark.parametrize('size', [(9, 16), (3, 4)])
def test_the_images_resizing_is_that_of_the_transforms(arrays, size):
    out = arrays.resize_as_image(SCORES, size)
    np.testing.assert_allclose(out, transforms.resize(SCORES, size), atol=1e-6)


def test_the_first_of_equal_scores_wins(arrays):
    scores = np.array([[[1, 2]], [[3, 2]], [[3, 0]]], dtype='f')
    label = arrays.label_map(scores)
    assert label.dtype == np.int32
    np.testing.assert_array_equal(label, [[1, 0]])


def test_every_part_is_worked_on_once(arrays):
    done = np.zeros(50, int)

    def work(start, stop):
        done[start:stop] += 1

    arrays.divide(work, 50)
    assert (done == 1).all()


def test_the_device_decides_between_them():
    assert type(arrays_on(CPU)) is Arrays
    gpu = type('Device', (), {'xp': object()})()
    assert isinstance(arrays_on(gpu), ChainerArrays)
