import time

import numpy as np
import pytest

from chainercv_seg.engines.cpu.compiled import COMPILED
from chainercv_seg.engines.cpu.convolution import prepare_convolution
from chainercv_seg.engines.cpu.costs import cheapest, convolution_costs
from tests.engines.cpu.direct import convolve, random_map, relative_error

needs_numba = pytest.mark.skipif(not COMPILED, reason='numba is not installed')


@needs_numba
def test_each_shape_gets_the_method_that_suits_it():
    def method(*shape, **options):
        costs = convolution_costs(shape, **options)
        return min(costs, key=costs.__getitem__)

    assert method(64, 64, 7, 7) == 'fft'
    assert method(64, 3, 7, 7, pool=True) == 'fft'
    assert method(512, 512, 3, 3, dilate=4) == 'winograd'
    assert method(256, 64, 1, 1) == 'matmul'
    assert method(64, 3, 3, 3, stride=2) == 'matmul'


@pytest.mark.skipif(COMPILED, reason='numba is installed')
def test_without_numba_everything_is_a_matrix_product():
    assert set(convolution_costs((64, 64, 7, 7))) == {'matmul'}


@needs_numba
@pytest.mark.parametrize('method', ['matmul', 'winograd', 'fft'])
def test_all_methods_agree(method):
    x, W, bias = random_map(1, 14, 19, 20), random_map(24, 20, 3, 3, seed=1), random_map(24)
    residual = random_map(1, 14, 19, 24, seed=2)
    prepared = prepare_convolution(W, bias, pad=1, relu=True, method=method)
    expected = convolve(x, W, bias, pad=1)
    assert relative_error(prepared(x), np.maximum(expected, 0)) < 4e-6
    assert relative_error(prepared(x, residual), np.maximum(expected + residual, 0)) < 4e-6
    pooled, codes = prepared.pooled(x)
    assert pooled.shape == codes.shape == (1, 7, 10, 24)
    unpooled = prepare_convolution(W.transpose(1, 0, 2, 3), pad=1, method=method)
    assert unpooled.unpooled(pooled, codes).shape == (1, 14, 20, 20)


def test_a_method_that_cannot_do_it_is_refused():
    with pytest.raises(ValueError, match="found 'winograd'"):
        prepare_convolution(random_map(4, 4, 5, 5), method='winograd')


@needs_numba
@pytest.mark.slow
@pytest.mark.parametrize(
    ('shape', 'size'),
    [
        ((64, 64, 7, 7), (180, 240)),
        ((64, 64, 5, 5), (90, 120)),
        ((64, 64, 3, 3), (119, 119)),
        ((128, 64, 3, 3), (237, 237)),
        ((256, 256, 3, 3), (60, 60)),
        ((16, 16, 3, 3), (120, 120)),
        ((8, 8, 3, 3), (120, 120)),
        ((128, 128, 3, 3), (60, 60)),
        ((64, 3, 3, 3), (237, 237)),
        ((64, 3, 7, 7), (180, 240)),
    ],
)
def test_the_cost_model_chooses_no_method_that_is_much_slower_than_the_best(shape, size):
    x, W = random_map(1, *size, shape[1]), random_map(*shape, seed=1)
    costs = convolution_costs(shape)
    chosen = cheapest(costs)
    prepared = {
        method: prepare_convolution(W, pad=shape[2] // 2, method=method) for method in costs
    }
    for convolution in prepared.values():
        convolution(x)  # compiles, and fills the caches
    times = dict.fromkeys(costs, np.inf)
    for number in range(40):  # of a busy machine the quietest moments count
        for method, convolution in prepared.items():
            start = time.process_time()
            convolution(x)
            times[method] = min(times[method], time.process_time() - start)
        if number >= 4 and times[chosen] < 1.5 * min(times.values()):
            return
    raise AssertionError((costs, times))
