import numpy as np
import pytest

from chainercv_seg.engines.cpu.costs import convolution_costs
from tests.engines.cpu.direct import random_map, relative_error

chainer = pytest.importorskip('chainer')
pytest.importorskip('numba')
F = chainer.functions

from chainercv_seg.functions.convolution_function import (  # noqa: E402  (imports Chainer)
    Convolution2DFunction,
    convolution_2d,
)


@pytest.mark.parametrize(
    ('ksize', 'pad', 'dilate'), [(7, 3, 1), (5, 0, 1), (4, 3, 1), (3, 1, 1), (3, 2, 2), (1, 0, 1)]
)
def test_result_and_gradients_are_those_of_chainer(ksize, pad, dilate):
    arrays = random_map(2, 33, 33, 40), random_map(34, 33, ksize, ksize, seed=1)
    results = []
    for function in (lambda x, W: Convolution2DFunction(pad, dilate).apply((x, W))[0], None):
        x, W = (chainer.Variable(array) for array in arrays)
        y = function(x, W) if function else F.convolution_2d(x, W, pad=pad, dilate=dilate)
        loss = F.sum(y * random_map(*y.shape, seed=2)) + F.sum(y * y)
        loss.backward()
        results.append((y.array, x.grad, W.grad))
    for found, expected in zip(*results, strict=True):
        assert relative_error(found, expected) < 5e-6


def test_gradients_of_gradients_are_right():
    arrays = random_map(1, 2, 9, 8), random_map(3, 2, 5, 5, seed=1)
    results = []
    for function in (lambda x, W: Convolution2DFunction(2).apply((x, W))[0], None):
        x, W = (chainer.Variable(array) for array in arrays)
        y = function(x, W) if function else F.convolution_2d(x, W, pad=2)
        gx, gW = chainer.grad([F.sum(y**3)], [x, W], enable_double_backprop=True)
        (F.sum(gx**2) + F.sum(gW**2)).backward()
        results.append((x.grad, W.grad))
    for found, expected in zip(*results, strict=True):
        assert relative_error(found, expected) < 1e-5


def test_only_what_our_methods_can_compute_goes_by_them():
    def is_ours(*shape, dtype=np.float32, **options):
        x = chainer.Variable(np.zeros((1, shape[1], 9, 9), dtype))
        creator = convolution_2d(x, np.zeros(shape, dtype), **options).creator
        return isinstance(creator, Convolution2DFunction)

    assert is_ours(4, 4, 7, 7, pad=3)
    assert is_ours(4, 4, 1, 1)
    assert is_ours(4, 4, 3, 3, pad=4, dilate=4)
    assert not is_ours(4, 4, 7, 7, pad=7)  # whose gradient is no convolution
    assert not is_ours(4, 4, 3, 2)
    assert not is_ours(4, 4, 7, 7, dtype=np.float64)


def test_a_kernel_that_is_used_once_is_not_transformed_at_any_price():
    def method(positions):
        costs = convolution_costs((512, 512, 3, 3), positions=positions)
        return min(costs, key=costs.__getitem__)

    assert (method(16), method(10**5)) == ('matmul', 'winograd')


def test_a_bias_is_added():
    x, W, b = random_map(1, 64, 9, 9), random_map(64, 64, 7, 7, seed=1), random_map(64, seed=2)
    expected = F.convolution_2d(x, W, b, pad=3).array
    assert relative_error(convolution_2d(x, W, b, pad=3).array, expected) < 2e-6
