"""Random cropping."""

import random

import numpy as np
import pytest

from chainercv_seg.transforms import random_crop

IMG = np.arange(3 * 40 * 60).reshape(3, 40, 60)


def test_the_draws_are_chainercvs():
    random.seed(1)
    state = random.getstate()
    expected = (random.randint(0, 27), random.randint(0, 40))
    random.setstate(state)
    _, param = random_crop(IMG, (13, 20), return_param=True)
    assert (param['y_slice'].start, param['x_slice'].start) == expected


def test_the_parameters_reproduce_the_part():
    part, param = random_crop(IMG, (13, 20), return_param=True)
    assert part.shape == (3, 13, 20)
    np.testing.assert_array_equal(part, IMG[:, param['y_slice'], param['x_slice']])


def test_the_whole_image_can_be_cut_out():
    np.testing.assert_array_equal(random_crop(IMG, (40, 60)), IMG)


def test_a_copy_is_made_only_when_asked_for():
    assert np.shares_memory(random_crop(IMG, (5, 5)), IMG)
    assert not np.shares_memory(random_crop(IMG, (5, 5), copy=True), IMG)


@pytest.mark.parametrize('size', [(41, 5), (5, 61)])
def test_parts_larger_than_the_image_are_refused(size):
    with pytest.raises(ValueError, match=r'out of an image of \(40, 60\)'):
        random_crop(IMG, size)
