"""Resizing one edge."""

import numpy as np
import pytest

from chainercv_seg.transforms import scale


@pytest.mark.parametrize(
    ('shape', 'size', 'short', 'long'),
    [  # the sizes that ChainerCV gives, to the short edge and to the long one
        ((30, 40), 17, (17, 22), (12, 17)),
        ((30, 40), 30, (30, 40), (22, 30)),
        ((30, 40), 33, (33, 44), (24, 33)),
        ((41, 30), 17, (23, 17), (17, 12)),
        ((41, 30), 30, (41, 30), (30, 21)),
        ((41, 30), 50, (68, 50), (50, 36)),
        ((33, 33), 50, (50, 50), (50, 50)),
    ],
)
def test_the_sizes_are_chainercvs(shape, size, short, long):
    img = np.zeros((1, *shape), 'f')
    assert scale(img, size).shape[1:] == short
    assert scale(img, size, fit_short=False).shape[1:] == long


def test_an_image_of_the_right_size_is_returned_as_it_is():
    img = np.zeros((1, 30, 40), 'f')
    assert scale(img, 30) is img
    assert scale(img, 40, fit_short=False) is img


def test_no_edge_vanishes():
    assert scale(np.zeros((1, 2, 100), 'f'), 10, fit_short=False).shape == (1, 1, 10)
