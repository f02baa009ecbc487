"""The functions of Chainer that are mended, against values worked out by hand."""

import chainer
import chainer.functions as F
import numpy as np
import pytest


def image(*rows):
    return chainer.Variable(np.array([[rows]], np.float32))


@pytest.mark.parametrize(
    ('align_corners', 'expected'),
    [(True, [0, 1, 2, 3]), (False, [0, 0.75, 2.25, 3])],
)
def test_resize_images_interpolates_between_pixels(align_corners, expected):
    y = F.resize_images(image([0, 3]), (1, 4), align_corners=align_corners)
    np.testing.assert_allclose(y.array[0, 0, 0], expected, rtol=1e-6)


@pytest.mark.parametrize(
    ('align_corners', 'expected'),
    # Column sums of the weights: with aligned corners 1, 2/3, 1/3, 0; else 1, 3/4, 1/4, 0.
    [(True, [10 + 200 * 2 / 3, 200 / 3]), (False, [10 + 200 * 3 / 4, 200 / 4])],
)
def test_the_gradient_of_resize_images_is_the_transpose_of_its_weights(align_corners, expected):
    x = image([0, 3])
    y = F.resize_images(x, (1, 4), align_corners=align_corners)
    y.grad = np.array([[[[10, 200, 0, 0]]]], np.float32)
    y.backward()
    np.testing.assert_allclose(x.grad[0, 0, 0], expected, rtol=1e-6)


def test_resize_images_repeats_the_nearest_pixel():
    x = image([1, 2], [3, 4])
    y = F.resize_images(x, (2, 4), mode='nearest', align_corners=False)
    np.testing.assert_array_equal(y.array[0, 0], [[1, 1, 2, 2], [3, 3, 4, 4]])
    y.grad = np.arange(8, dtype=np.float32).reshape(1, 1, 2, 4)
    y.backward()
    np.testing.assert_array_equal(x.grad[0, 0], [[0 + 1, 2 + 3], [4 + 5, 6 + 7]])


def test_as_strided_sees_the_same_memory_and_adds_up_its_gradient():
    x = chainer.Variable(np.arange(4, dtype=np.float32))
    y = F.as_strided(x, (3, 2), (1, 1), 0)
    np.testing.assert_array_equal(y.array, [[0, 1], [1, 2], [2, 3]])
    y.grad = np.array([[1, 2], [4, 8], [16, 32]], np.float32)
    y.backward()
    np.testing.assert_array_equal(x.grad, [1, 2 + 4, 8 + 16, 32])


def test_as_strided_refuses_gradients_that_are_not_floating_point():
    x = chainer.Variable(np.arange(4))
    y = F.as_strided(x, (2,), (2,), 1)
    np.testing.assert_array_equal(y.array, [1, 3])
    grad = chainer.functions.array.as_strided.AsStridedGrad(
        y.creator_node.input_geometry, (2,), (2,), 1
    )
    with pytest.raises(TypeError, match='Only float'):
        grad.forward((np.ones(2, np.int64),))
