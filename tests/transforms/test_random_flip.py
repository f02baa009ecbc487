"""Random flipping."""

import random

import numpy as np

from chainercv_seg.transforms import flip, random_flip

IMG = np.arange(24).reshape(2, 3, 4)


def test_the_draws_are_chainercvs():
    random.seed(3)
    drawn = [random_flip(IMG, True, True, return_param=True)[1] for _ in range(3)]
    both, none = {'y_flip': True, 'x_flip': True}, {'y_flip': False, 'x_flip': False}
    assert drawn == [both, none, both]


def test_the_parameters_reproduce_the_image():
    random.seed(0)
    seen = set()
    for _ in range(30):
        out, param = random_flip(IMG, True, True, return_param=True)
        np.testing.assert_array_equal(out, flip(IMG, **param))
        seen.add(tuple(param.values()))
    assert len(seen) == 4


def test_nothing_is_flipped_or_drawn_unless_asked_for():
    random.seed(0)
    state = random.getstate()
    np.testing.assert_array_equal(random_flip(IMG), IMG)
    assert random.getstate() == state
