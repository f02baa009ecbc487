"""Kernels of depthwise convolutions in training, by a C++ compiler, against the piecewise functions."""

import numpy as np
import pytest

from chainercv_seg.engines.cuda.depthwise_gradients import DepthwiseGradients, is_depthwise
from chainercv_seg.engines.piecewise.convolution import (
    piecewise_convolution,
    piecewise_data_gradient,
    piecewise_weight_gradient,
)
from chainercv_seg.engines.piecewise.pieces import Window
from tests.engines.cpu.direct import random_map, relative_error
from tests.engines.cuda.host_kernels import needs_compiler

WINDOWS = [
    Window((3, 3), pad=(1, 1), groups=5),
    Window((3, 3), pad=(4, 4), dilate=(4, 4), groups=5),
    Window((3, 3), stride=(2, 2), pad=(1, 1), groups=5),
    Window((2, 5), stride=(3, 2), pad=(2, 5), dilate=(2, 3), groups=5),
    Window((1, 1), stride=(2, 1), groups=5),
    Window((3, 3), pad=(36, 36), dilate=(36, 36), groups=5),
]
TOLERANCES = {'float16': 1e-3, 'float32': 1e-6, 'float64': 1e-13}


@needs_compiler
@pytest.mark.parametrize('window', WINDOWS, ids=str)
@pytest.mark.parametrize('dtype', TOLERANCES)
def test_result_and_gradients_are_those_of_the_piecewise_functions(window, dtype, kernels_on_host):
    x, W = random_map(2, 5, 13, 11).astype(dtype), random_map(5, 1, *window.kernel).astype(dtype)
    gy = random_map(2, 5, *window.result_size((13, 11)), seed=1).astype(dtype)
    methods = DepthwiseGradients(xp=kernels_on_host)
    found = (
        methods.forward(x, W, window),
        methods.data(gy, W, window, (13, 11)),
        methods.weights(x, gy, window, x.dtype),
    )
    x, W, gy = (array.astype('d') for array in (x, W, gy))
    expected = (
        piecewise_convolution(x, W, window, xp=np),
        piecewise_data_gradient(gy, W, window, (13, 11), xp=np),
        piecewise_weight_gradient(x, gy, window, dtype='d', xp=np),
    )
    for array, other in zip(found, expected, strict=True):
        assert array.dtype == dtype
        assert relative_error(array, other) < TOLERANCES[dtype]


@needs_compiler
def test_arrays_that_do_not_lie_in_order_are_copied(kernels_on_host):
    window = WINDOWS[0]
    x, W = (
        random_map(1, 9, 8, 5).transpose(0, 3, 1, 2),
        random_map(3, 3, 5)[None].transpose(3, 0, 1, 2),
    )
    found = DepthwiseGradients(xp=kernels_on_host).forward(x, W, window)
    assert relative_error(found, piecewise_convolution(x, W, window, xp=np)) < 1e-6


@pytest.mark.parametrize(
    ('shape', 'kernel', 'groups', 'dtype', 'fits'),
    [
        ((1, 4, 9, 9), (4, 1, 3, 3), 4, 'f', True),
        ((1, 4, 9, 9), (8, 1, 3, 3), 4, 'f', False),  # two results a channel
        ((1, 4, 9, 9), (4, 2, 3, 3), 2, 'f', False),
        ((1, 4, 9, 9), (4, 1, 3, 3), 4, 'i', False),
        ((2**13, 2**6, 2**6, 2**6), (2**6, 1, 3, 3), 2**6, 'f', False),  # beyond 32 bits
    ],
)
def test_only_convolutions_of_each_channel_alone_are_taken(shape, kernel, groups, dtype, fits):
    x, W = (np.broadcast_to(np.zeros((), dtype), s) for s in (shape, kernel))
    assert is_depthwise(x, W, groups) == fits
