"""The kernels of batch normalization in training, by a C++ compiler, against the definition."""

import numpy as np
import pytest

from chainercv_seg.engines.cuda.batch_normalization import GPUNormalization
from tests.engines.cpu.direct import random_map, relative_error
from tests.engines.cuda.host_kernels import needs_compiler

pytestmark = needs_compiler
EPS = 1e-3


def exact(x, gamma, beta, gy, relu):
    """Result, statistics and gradients in double precision."""
    x, gamma, beta, gy = (array.astype('d') for array in (x, gamma, beta, gy))
    axes, c = (0, 2, 3), (slice(None), None, None)
    mean, var = x.mean(axes), x.var(axes)
    normal = (x - mean[c]) / np.sqrt(var + EPS)[c]
    y = normal * gamma[c] + beta[c]
    g = gy * (y > 0) if relu else gy
    y = np.maximum(y, 0) if relu else y
    gbeta, ggamma = g.sum(axes), (g * normal).sum(axes)
    count = x.size / x.shape[1]
    gx = (gamma / np.sqrt(var + EPS))[c] * (g - (gbeta[c] + normal * ggamma[c]) / count)
    return y, mean, var, gx, ggamma, gbeta


@pytest.mark.parametrize('relu', [False, True])
@pytest.mark.parametrize('shape', [(2, 5, 7, 9), (1, 3, 1, 1), (3, 2, 70, 61), (2, 1100, 3, 2)])
def test_result_statistics_and_gradients_are_those_of_the_definition(shape, relu, kernels_on_host):
    x = random_map(*shape) * 3 + 50  # far from 0: squares of the numbers would drown the variance
    gamma, beta = random_map(shape[1], seed=1), random_map(shape[1], seed=2)
    gy = random_map(*shape, seed=3)
    methods = GPUNormalization(xp=kernels_on_host, relu=relu)
    y, found = methods.forward(x, gamma, beta, EPS)
    results = (y, found.mean, found.var, *methods.backward(x, gy, found))
    for array, expected in zip(results, exact(x, gamma, beta, gy, relu), strict=True):
        assert array.dtype == np.float32
        if np.abs(expected).max() < 1e-6:  # a batch of one number a channel
            assert np.abs(array).max() < 1e-4
        else:
            assert relative_error(array, expected) < 3e-5


def test_maps_that_do_not_lie_in_order_are_copied(kernels_on_host):
    x = random_map(2, 6, 5, 3).transpose(0, 3, 1, 2)
    methods = GPUNormalization(xp=kernels_on_host)
    y, found = methods.forward(x, np.ones(3, 'f'), np.zeros(3, 'f'), EPS)
    gy = random_map(2, 6, 5, 3, seed=1).transpose(0, 3, 1, 2)
    expected = exact(x, np.ones(3, 'f'), np.zeros(3, 'f'), gy, False)
    assert relative_error(y, expected[0]) < 1e-5
    assert relative_error(methods.backward(x, gy, found)[0], expected[3]) < 1e-5
