import chainer.functions as F
import numpy as np
import pytest

from chainercv_seg.engines.cpu.resizing import bilinear_matrix, resize_map, resize_planes
from tests.engines.cpu.direct import random_map

SIZES = [(1, 1), (1, 9), (7, 1), (5, 6), (2, 3), (31, 40), (5, 40)]


@pytest.mark.parametrize('size', SIZES)
@pytest.mark.parametrize('shape', [(2, 5, 6, 19), (1, 1, 4, 16), (1, 3, 1, 3), (1, 1, 1, 1)])
def test_both_layouts_are_resized_as_chainer_does(shape, size):
    x = random_map(*shape)
    planes = np.moveaxis(x, -1, 1)
    expected = F.resize_images(planes, size).array
    np.testing.assert_allclose(resize_planes(planes, size), expected, atol=1e-6)
    np.testing.assert_allclose(np.moveaxis(resize_map(x, size), -1, 1), expected, atol=1e-6)


def test_a_row_of_the_matrix_is_an_average_and_corners_stay():
    matrix = bilinear_matrix(6, 47)
    np.testing.assert_allclose(matrix.sum(axis=1), 1, atol=1e-7)
    assert (matrix >= 0).all()
    assert matrix[0, 0] == matrix[-1, -1] == 1


def test_the_same_size_changes_nothing():
    np.testing.assert_array_equal(bilinear_matrix(13, 13), np.eye(13))


def test_planes_that_are_equal_stay_equal():
    """Else rounding would decide between classes whose scores are equal."""
    x = np.repeat(random_map(1, 11, 13), 9, axis=0)
    y = resize_planes(x, (37, 41))
    np.testing.assert_array_equal(y, np.broadcast_to(y[:1], y.shape))
