import numpy as np
import pytest

from tests.functions.direct import random_map, relative_error

chainer = pytest.importorskip('chainer')
pytest.importorskip('numba')
F = chainer.functions

from chainercv_seg.functions.convolution_function import (  # noqa: E402  (imports Chainer)
    FFTConvolution2D,
    convolution_2d,
)


@pytest.mark.parametrize(('ksize', 'pad'), [(7, 3), (5, 0), (4, 3)])
def test_result_and_gradients_are_those_of_chainer(ksize, pad):
    arrays = random_map(2, 33, 33, 40), random_map(34, 33, ksize, ksize, seed=1)
    results = []
    for function in (lambda x, W: FFTConvolution2D(pad).apply((x, W))[0], None):
        x, W = (chainer.Variable(array) for array in arrays)
        y = function(x, W) if function else F.convolution_2d(x, W, pad=pad)
        loss = F.sum(y * random_map(*y.shape, seed=2)) + F.sum(y * y)
        loss.backward()
        results.append((y.array, x.grad, W.grad))
    for found, expected in zip(*results, strict=True):
        assert relative_error(found, expected) < 5e-6


def test_gradients_of_gradients_are_right():
    arrays = random_map(1, 2, 9, 8), random_map(3, 2, 5, 5, seed=1)
    results = []
    for function in (lambda x, W: FFTConvolution2D(2).apply((x, W))[0], None):
        x, W = (chainer.Variable(array) for array in arrays)
        y = function(x, W) if function else F.convolution_2d(x, W, pad=2)
        gx, gW = chainer.grad([F.sum(y**3)], [x, W], enable_double_backprop=True)
        (F.sum(gx**2) + F.sum(gW**2)).backward()
        results.append((x.grad, W.grad))
    for found, expected in zip(*results, strict=True):
        assert relative_error(found, expected) < 1e-5


def test_only_what_fft_does_faster_goes_by_fft():
    def name(*shape, dtype=np.float32, pad=0):
        x = chainer.Variable(np.zeros((1, shape[1], 40, 40), dtype))
        return type(convolution_2d(x, np.zeros(shape, dtype), pad=pad).creator).__name__

    assert name(64, 64, 7, 7, pad=3) == 'FFTConvolution2D'
    assert name(64, 64, 1, 1) == 'Convolution2DFunction'
    assert name(64, 64, 7, 7, pad=7) == 'Convolution2DFunction'
    assert name(64, 64, 7, 7, dtype=np.float64) == 'Convolution2DFunction'


def test_a_bias_is_added():
    x, W, b = random_map(1, 64, 9, 9), random_map(64, 64, 7, 7, seed=1), random_map(64, seed=2)
    expected = F.convolution_2d(x, W, b, pad=3).array
    assert relative_error(convolution_2d(x, W, b, pad=3).array, expected) < 2e-6
