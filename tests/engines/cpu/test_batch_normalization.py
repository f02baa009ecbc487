import numpy as np
import pytest

from chainercv_seg.engines.cpu.batch_normalization import normalize
from tests.engines.cpu.direct import random_map, relative_error

chainer = pytest.importorskip('chainer')
pytest.importorskip('numba')
F = chainer.functions

from chainercv_seg.functions.batch_normalization_function import (  # noqa: E402
    BatchNormalizationFunction,
)

CASES = [(False, False), (True, False), (False, True), (True, True)]


def arrays(*shape):
    """A map whose means are far from 0 against its spread, gamma of both signs, beta."""
    x = random_map(*shape) + 30 * random_map(shape[1], 1, 1, seed=1)
    return x, random_map(shape[1], seed=2), random_map(shape[1], seed=3)


def chainers(inputs, relu, pool):
    y = F.batch_normalization(*inputs, eps=2e-5)
    y = F.relu(y) if relu else y
    return F.max_pooling_2d(y, 2, 2) if pool else y


@pytest.mark.parametrize(('relu', 'pool'), CASES)
@pytest.mark.parametrize('shape', [(2, 5, 6, 8), (3, 33, 7, 9), (1, 16, 1, 40)])
def test_result_and_gradients_are_those_of_chainer(relu, pool, shape):
    results = []
    for ours in (True, False):
        inputs = [chainer.Variable(array.copy()) for array in arrays(*shape)]
        if ours:
            (y,) = BatchNormalizationFunction(2e-5, relu=relu, pool=pool).apply(inputs)
        else:
            y = chainers(inputs, relu, pool)
        (F.sum(y * random_map(*y.shape, seed=4)) + F.sum(y * y)).backward()
        results.append((y.array, *(variable.grad for variable in inputs)))
    for found, expected in zip(*results, strict=True):
        np.testing.assert_allclose(found, expected, rtol=2e-3, atol=2e-5 * np.abs(expected).max())


def test_sums_keep_their_precision_where_the_mean_is_large():
    x = random_map(1, 300, 300, 2) + np.float32(1000)
    done = normalize(x, np.ones(2, 'f'), np.zeros(2, 'f'), eps=0)
    exact = x.astype(np.float64)
    assert relative_error(done.mean, exact.mean(axis=(0, 1, 2))) < 1e-7
    assert relative_error(done.var, exact.var(axis=(0, 1, 2))) < 1e-6


@pytest.mark.parametrize('count', [1, 2, 3])
def test_threads_change_nothing_but_rounding(count, monkeypatch):
    x, gamma, beta = arrays(2, 18, 12, 10)
    x = np.ascontiguousarray(x.transpose(0, 2, 3, 1))
    expected = normalize(x, gamma, beta, eps=1e-5, relu=True, pool=True)
    monkeypatch.setattr('chainercv_seg.engines.cpu.threads.thread_count', lambda: count)
    found = normalize(x, gamma, beta, eps=1e-5, relu=True, pool=True)
    np.testing.assert_allclose(found.y, expected.y, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(found.codes, expected.codes)


@pytest.mark.parametrize(('relu', 'pool'), CASES)
def test_gradients_of_gradients_are_those_of_chainer(relu, pool):
    results = []
    for ours in (True, False):
        inputs = [chainer.Variable(array) for array in (random_map(2, 3, 4, 6), *arrays(1, 3)[1:])]
        if ours:
            (y,) = BatchNormalizationFunction(2e-5, relu=relu, pool=pool).apply(inputs)
        else:
            y = chainers(inputs, relu, pool)
        first = chainer.grad([F.sum(y**3)], inputs, enable_double_backprop=True)
        sum(F.sum(gradient**2) for gradient in first).backward()
        results.append([variable.grad for variable in inputs])
    for found, expected in zip(*results, strict=True):
        assert relative_error(found, expected) < 1e-3


def test_a_channel_without_spread_stays_finite():
    x = np.full((1, 4, 4, 3), 5, 'f')
    done = normalize(x, np.ones(3, 'f'), np.zeros(3, 'f'), eps=1e-5)
    np.testing.assert_allclose(done.y, 0, atol=1e-3)
    assert not done.var.any()
