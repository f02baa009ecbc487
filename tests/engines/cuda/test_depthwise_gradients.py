"""Kernels of depthwise convolutions in training, by a C++ compiler, against the piecewise functions."""

import numpy as np
import pytest

from chainercv_seg.engines.cuda.depthwise_gradients import (
    DEFINITIONS,
    SOURCE,
    DepthwiseGradients,
    is_depthwise,
)
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


@needs_compiler
@pytest.mark.usefixtures('kernels_on_host')
@pytest.mark.parametrize('window', WINDOWS, ids=str)
@pytest.mark.parametrize('dtype', ['float32', 'float64'])
def test_result_and_gradients_are_those_of_the_piecewise_functions(window, dtype):
    tolerance = 1e-6 if dtype == 'float32' else 1e-13
    x, W = random_map(2, 5, 13, 11).astype(dtype), random_map(5, 1, *window.kernel).astype(dtype)
    methods = DepthwiseGradients(xp=np)
    y = methods.forward(x, W, window)
    assert relative_error(y, piecewise_convolution(x, W, window, xp=np)) < tolerance
    gy = random_map(*y.shape, seed=1).astype(dtype)
    expected = piecewise_data_gradient(gy, W, window, (13, 11), xp=np)
    assert relative_error(methods.data(gy, W, window, (13, 11)), expected) < tolerance
    expected = piecewise_weight_gradient(x, gy, window, dtype=x.dtype, xp=np)
    assert relative_error(methods.weights(x, gy, window, x.dtype), expected) < tolerance


@needs_compiler
@pytest.mark.usefixtures('kernels_on_host')
def test_arrays_that_do_not_lie_in_order_are_copied():
    window = WINDOWS[0]
    x, W = (
        random_map(1, 9, 8, 5).transpose(0, 3, 1, 2),
        random_map(3, 3, 5)[None].transpose(3, 0, 1, 2),
    )
    found = DepthwiseGradients(xp=np).forward(x, W, window)
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


@needs_compiler
def test_kernels_are_compiled_once_for_a_type_of_arrays_and_a_gpu(kernels_on_host, monkeypatch):
    made, device = [], [0]
    compile_ = kernels_on_host.RawModule

    def module(*, code, options, backend):
        assert code == SOURCE.read_text()
        made.append((device[0], options))
        return compile_(code=code, options=options, backend=backend)

    monkeypatch.setattr(kernels_on_host, 'RawModule', module)
    monkeypatch.setattr(kernels_on_host.cuda.runtime, 'getDevice', lambda: device[0])
    window, methods = WINDOWS[0], DepthwiseGradients(xp=np)
    x, W = random_map(2, 5, 9, 8), random_map(5, 1, 3, 3)
    for device[0] in (0, 1, 0):
        for dtype in ('f', 'd', 'f'):
            y = methods.forward(x.astype(dtype), W.astype(dtype), window)
            assert relative_error(y, piecewise_convolution(x, W, window, xp=np)) < 1e-6
            methods.data(y, W.astype(dtype), window, (9, 8))
    kinds = [DEFINITIONS['float32'], DEFINITIONS['float64']]
    assert made == [(number, kind) for number in (0, 1) for kind in kinds]
