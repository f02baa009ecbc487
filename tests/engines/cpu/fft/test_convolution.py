import numpy as np
import pytest

from chainercv_seg.engines.cpu.fft.convolution import fft_convolution, prepare_fft
from chainercv_seg.engines.cpu.pooling import max_pool_with_codes, unpool
from tests.engines.cpu.direct import convolve, random_map, relative_error

numba = pytest.importorskip('numba')


@pytest.mark.parametrize(
    ('size', 'channels', 'kernel', 'pad'),
    [
        ((45, 30), (64, 64), (7, 7), (3, 3)),
        ((27, 27), (3, 12), (7, 7), (3, 3)),
        ((40, 9), (33, 5), (4, 4), (0, 0)),
        ((33, 35), (16, 48), (5, 3), (4, 1)),
        ((31, 40), (2, 2), (31, 31), (0, 15)),
        ((1, 1), (1, 1), (1, 1), (0, 0)),
    ],
)
def test_it_is_convolution_at_any_shape(size, channels, kernel, pad):
    x = random_map(2, *size, channels[0])
    W = random_map(channels[1], channels[0], *kernel, seed=1)
    bias = random_map(channels[1], seed=2)
    y, codes = fft_convolution(x, prepare_fft(W), bias=bias, pad=pad)
    assert codes is None
    assert y.dtype == np.float32
    assert relative_error(y, convolve(x, W, bias, pad=pad)) < 1e-6


def test_relu_leaves_nothing_negative():
    x, W = random_map(1, 20, 20, 8), random_map(8, 8, 5, 5, seed=1)
    y, _ = fft_convolution(x, prepare_fft(W), relu=True)
    assert relative_error(y, np.maximum(convolve(x, W), 0)) < 1e-6
    assert y.min() == 0


@pytest.mark.parametrize('size', [(20, 54), (21, 53), (1, 27)])
@pytest.mark.parametrize('ksize', [6, 7])
@pytest.mark.parametrize('relu', [False, True])
def test_pooling_in_passing_is_pooling_afterwards(size, ksize, relu):
    x, W = random_map(2, *size, 20), prepare_fft(random_map(40, 20, ksize, ksize, seed=1))
    plain, _ = fft_convolution(x, W, pad=(3, 3), relu=relu)
    pooled, codes = fft_convolution(x, W, pad=(3, 3), relu=relu, pool=True)
    expected, expected_codes = max_pool_with_codes(plain)
    assert relative_error(pooled, expected) < 1e-6
    assert (codes == expected_codes).mean() > 0.999


def test_where_a_map_is_flat_the_first_of_a_window_is_the_largest():
    # Not whichever rounding favours: PyTorch and Chainer find exact equals there.
    x, W = np.full((1, 60, 60, 3), 255, np.float32), prepare_fft(random_map(32, 3, 7, 7))
    _, codes = fft_convolution(x, W, pool=True)
    assert (codes == 0).mean() > 0.99


def test_unpooling_in_passing_is_unpooling_before():
    x, codes = max_pool_with_codes(random_map(2, 30, 44, 20))
    W = prepare_fft(random_map(40, 20, 7, 7, seed=1))
    y, _ = fft_convolution(x, W, pad=(3, 3), unpool=(codes, (30, 44)))
    expected, _ = fft_convolution(unpool(x, codes), W, pad=(3, 3))
    np.testing.assert_array_equal(y, expected)


def test_nan_stays_nan_in_its_tile_and_no_further():
    x, W = random_map(1, 60, 60, 4), random_map(4, 4, 7, 7, seed=1)
    x[0, 2, 2, 0] = np.nan
    y, _ = fft_convolution(x, prepare_fft(W), pad=(3, 3), relu=True)
    assert np.isnan(y[0, 2, 2]).all()
    assert np.isfinite(y[0, 30:, 30:]).all()


def test_a_kernel_larger_than_a_tile_is_refused():
    with pytest.raises(ValueError, match='below 32 a side, found 32 by 3'):
        prepare_fft(random_map(1, 1, 32, 3))


def test_channels_and_sizes_that_do_not_fit_are_refused():
    weights = prepare_fft(random_map(4, 3, 7, 7))
    with pytest.raises(ValueError, match='expected 3 channels, found 4'):
        fft_convolution(random_map(1, 9, 9, 4), weights)
    with pytest.raises(ValueError, match='at least 7 by 7'):
        fft_convolution(random_map(1, 9, 6, 3), weights)
