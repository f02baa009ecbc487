import numpy as np
import pytest

from tests.engines.cpu.direct import random_map, relative_error

chainer = pytest.importorskip('chainer')
pytest.importorskip('numba')
F = chainer.functions

from chainercv_seg.functions.unpooling_function import UnpoolingConvolution2D  # noqa: E402


def pooled(N, C, height, width):
    """A map and its indices, as Chainer's pooling gives them."""
    y, indices = F.max_pooling_2d(random_map(N, C, height, width), 2, 2, return_indices=True)
    return y.array, indices


def ours(x, W, indices, pad):
    codes = np.ascontiguousarray(indices.transpose(0, 2, 3, 1).astype(np.int8))
    return UnpoolingConvolution2D(codes, pad).apply((x, W))[0]


def chainers(x, W, indices, pad):
    size = (2 * x.shape[2], 2 * x.shape[3])
    return F.convolution_2d(F.upsampling_2d(x, indices, 2, 2, outsize=size), W, pad=pad)


@pytest.mark.parametrize(
    ('C', 'O', 'ksize', 'pad'), [(32, 34, 7, 3), (3, 5, 3, 1), (20, 33, 3, 0), (6, 7, 1, 0)]
)
def test_result_and_gradients_are_those_of_chainer(C, O, ksize, pad):
    x, indices = pooled(2, C, 26, 30)
    results = []
    for function in (ours, chainers):
        inputs = chainer.Variable(x), chainer.Variable(random_map(O, C, ksize, ksize, seed=1))
        y = function(*inputs, indices, pad)
        (F.sum(y * random_map(*y.shape, seed=2)) + F.sum(y * y)).backward()
        results.append((y.array, inputs[0].grad, inputs[1].grad))
    for found, expected in zip(*results, strict=True):
        assert relative_error(found, expected) < 5e-6


def test_gradients_of_gradients_are_those_of_chainer():
    x, indices = pooled(1, 3, 8, 6)
    results = []
    for function in (ours, chainers):
        inputs = chainer.Variable(x), chainer.Variable(random_map(2, 3, 3, 3, seed=1))
        y = function(*inputs, indices, 1)
        first = chainer.grad([F.sum(y**3)], inputs, enable_double_backprop=True)
        sum(F.sum(gradient**2) for gradient in first).backward()
        results.append([variable.grad for variable in inputs])
    for found, expected in zip(*results, strict=True):
        assert relative_error(found, expected) < 1e-4
