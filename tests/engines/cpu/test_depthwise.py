import importlib

import numpy as np
import pytest

from chainercv_seg.engines.cpu.depthwise import DepthwiseConvolution, separable_convolution
from chainercv_seg.engines.cpu.products.convolution import prepare_matmul
from tests.engines.cpu.direct import convolve, random_map, relative_error

module = importlib.import_module('chainercv_seg.engines.cpu.depthwise')


def convolve_channels(x, weights, bias, **options):
    """Convolve each channel by itself."""
    return np.concatenate(
        [
            convolve(x[..., c : c + 1], weights[None, None, ..., c], bias[c : c + 1], **options)
            for c in range(x.shape[-1])
        ],
        axis=-1,
    )


CASES = [
    (40, (3, 3), 1, 1, 1),
    (16, (3, 3), 2, 2, 2),
    (7, (3, 3), 1, 12, 12),
    (33, (3, 3), 1, 1, 1),
    (20, (3, 3), 1, 25, 25),
    (1024, (3, 3), 1, 2, 2),
    (20, (5, 4), 1, 0, 1),
    (3, (3, 3), 2, 1, 1),
    (5, (2, 2), 3, 4, 1),
]


@pytest.mark.parametrize(('channels', 'kernel', 'stride', 'pad', 'dilate'), CASES)
@pytest.mark.parametrize('relus', [(False, False), (True, False), (False, True)])
def test_it_is_convolution_channel_by_channel(channels, kernel, stride, pad, dilate, relus):
    x = random_map(2, 23, 18, channels)
    weights, bias = random_map(*kernel, channels, seed=1), random_map(channels, seed=2)
    before, after = relus
    expected = convolve_channels(
        np.maximum(x, 0) if before else x,
        weights,
        bias,
        stride=stride,
        pad=pad,
        dilate=dilate,
    )
    convolution = DepthwiseConvolution(weights, bias, stride, pad, dilate, before, after)
    assert relative_error(convolution(x), np.maximum(expected, 0) if after else expected) < 1e-6


def test_a_separable_convolution_is_both_in_turn(monkeypatch):
    monkeypatch.setattr(module, 'PIECE', 1)
    monkeypatch.setattr(module, 'LEAST_ROWS', 40)
    x = random_map(2, 13, 18, 20)
    depthwise = DepthwiseConvolution(
        random_map(3, 3, 20, seed=1), random_map(20, seed=2), pad=2, dilate=2, relu_before=True
    )
    W, bias = random_map(33, 20, 1, 1, seed=3), random_map(33, seed=4)
    residual = random_map(2, 13, 18, 33, seed=5)
    y = separable_convolution(
        x, depthwise, prepare_matmul(W), bias=bias, residual=residual, relu=True
    )
    expected = np.maximum(convolve(depthwise(x), W, bias) + residual, 0)
    assert relative_error(y, expected) < 1e-6


def test_shapes_that_do_not_fit_are_refused():
    depthwise = DepthwiseConvolution(random_map(3, 3, 4), random_map(4))
    with pytest.raises(ValueError, match='expected 4 channels, found 5'):
        depthwise(random_map(1, 9, 9, 5))
    with pytest.raises(ValueError, match='at least'):
        depthwise(random_map(1, 2, 9, 4))
    with pytest.raises(ValueError, match='expected a 1 by 1 kernel of 4 channels, found 5'):
        separable_convolution(
            random_map(1, 9, 9, 4), depthwise, prepare_matmul(random_map(2, 5, 1, 1))
        )
