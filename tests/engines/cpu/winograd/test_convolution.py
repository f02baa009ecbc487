import numpy as np
import pytest

from chainercv_seg.engines.cpu.winograd.convolution import prepare_winograd, winograd_convolution
from tests.engines.cpu.direct import convolve, random_map, relative_error

numba = pytest.importorskip('numba')


@pytest.mark.parametrize(
    ('size', 'channels', 'pad', 'dilate'),
    [
        ((17, 22), (64, 64), 1, 1),
        ((8, 8), (3, 12), 0, 1),
        ((25, 13), (40, 17), 2, 2),
        ((19, 23), (16, 20), 4, 4),
        ((9, 9), (5, 5), 5, 3),
        ((3, 3), (1, 1), 0, 1),
    ],
)
def test_it_is_convolution_at_any_shape(size, channels, pad, dilate):
    x = random_map(2, *size, channels[0])
    W = random_map(channels[1], channels[0], 3, 3, seed=1)
    bias = random_map(channels[1], seed=2)
    expected = convolve(x, W, bias, pad=pad, dilate=dilate)
    residual = random_map(*expected.shape, seed=3)
    options = {'bias': bias, 'pad': pad, 'dilate': dilate}
    y = winograd_convolution(x, prepare_winograd(W), **options)
    assert relative_error(y, expected) < 4e-6
    y = winograd_convolution(x, prepare_winograd(W), residual=residual, relu=True, **options)
    assert relative_error(y, np.maximum(expected + residual, 0)) < 4e-6


def test_the_error_stays_small_with_many_channels():
    x, W = np.maximum(random_map(1, 12, 12, 512), 0), random_map(16, 512, 3, 3, seed=1)
    y = winograd_convolution(x, prepare_winograd(W), pad=1)
    assert relative_error(y, convolve(x, W, pad=1)) < 4e-6


def test_other_kernels_and_shapes_are_refused():
    with pytest.raises(ValueError, match='expected a 3 by 3 kernel, found 3 by 1'):
        prepare_winograd(random_map(2, 2, 3, 1))
    weights = prepare_winograd(random_map(2, 3, 3, 3))
    with pytest.raises(ValueError, match='expected 3 channels, found 2'):
        winograd_convolution(random_map(1, 5, 5, 2), weights)
    with pytest.raises(ValueError, match='for dilation 3'):
        winograd_convolution(random_map(1, 5, 5, 3), weights, dilate=3)
    with pytest.raises(ValueError, match='expected a residual of shape'):
        winograd_convolution(random_map(1, 5, 5, 3), weights, residual=random_map(1, 5, 5, 2))
