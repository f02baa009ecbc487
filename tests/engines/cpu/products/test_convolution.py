import importlib

import numpy as np
import pytest

from chainercv_seg.engines.cpu.products.convolution import matmul_convolution, prepare_matmul
from tests.engines.cpu.direct import convolve, random_map, relative_error

# The package holds the function under the module's name.
module = importlib.import_module('chainercv_seg.engines.cpu.products.convolution')


@pytest.mark.parametrize(
    ('channels', 'kernel', 'stride', 'pad', 'dilate'),
    [
        ((64, 64), (1, 1), 1, 0, 1),
        ((20, 33), (1, 1), 2, 0, 1),
        ((3, 64), (3, 3), 2, 1, 1),
        ((17, 5), (3, 3), 1, 2, 2),
        ((3, 8), (7, 7), 1, 3, 1),
        ((4, 4), (2, 5), 3, 1, 2),
    ],
)
def test_it_is_convolution_at_any_shape(channels, kernel, stride, pad, dilate):
    x = random_map(2, 23, 26, channels[0])
    W = random_map(channels[1], channels[0], *kernel, seed=1)
    bias = random_map(channels[1], seed=2)
    options = {'stride': stride, 'pad': pad, 'dilate': dilate}
    expected = convolve(x, W, bias, **options)
    residual = random_map(*expected.shape, seed=3)
    y = matmul_convolution(x, prepare_matmul(W), bias=bias, **options)
    assert relative_error(y, expected) < 1e-6
    y = matmul_convolution(x, prepare_matmul(W), bias=bias, residual=residual, relu=True, **options)
    assert relative_error(y, np.maximum(expected + residual, 0)) < 1e-6


def test_pieces_do_not_change_the_result(monkeypatch):
    x, W = random_map(2, 40, 30, 8), prepare_matmul(random_map(16, 8, 3, 3, seed=1))
    whole = matmul_convolution(x, W, pad=1)
    monkeypatch.setattr(module, 'PIECE', 1)
    monkeypatch.setattr(module, 'LEAST_ROWS', 1)
    assert relative_error(matmul_convolution(x, W, pad=1), whole) < 1e-6


def test_shapes_that_do_not_fit_are_refused():
    weights = prepare_matmul(random_map(2, 3, 3, 3))
    with pytest.raises(ValueError, match='expected 3 channels, found 2'):
        matmul_convolution(random_map(1, 5, 5, 2), weights)
    with pytest.raises(ValueError, match='at least 3 by 3'):
        matmul_convolution(random_map(1, 2, 5, 3), weights)
    with pytest.raises(ValueError, match='expected a residual'):
        matmul_convolution(random_map(1, 5, 5, 3), weights, residual=random_map(1, 5, 5, 2))
