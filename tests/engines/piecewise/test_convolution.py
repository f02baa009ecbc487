import tracemalloc

import numpy as np
import pytest

from chainercv_seg.engines.piecewise.convolution import (
    piecewise_convolution,
    piecewise_data_gradient,
    piecewise_weight_gradient,
)
from chainercv_seg.engines.piecewise.pieces import Window
from tests.engines.cpu.direct import convolve, random_map, relative_error

#: Bytes: all in one piece, some rows, parts of rows.
WORKSPACES = [2**29, 30_000, 6_000]


@pytest.mark.parametrize('workspace', WORKSPACES)
@pytest.mark.parametrize(
    ('ksize', 'stride', 'pad', 'dilate'), [(7, 1, 3, 1), (3, 2, 1, 1), (3, 1, 4, 4), (1, 1, 0, 1)]
)
def test_the_result_is_the_direct_one(ksize, stride, pad, dilate, workspace):
    x, W = random_map(2, 8, 17, 13), random_map(5, 8, ksize, ksize, seed=1)
    window = Window((ksize, ksize), (stride,) * 2, (pad,) * 2, (dilate,) * 2)
    y = piecewise_convolution(x, W, window, xp=np, workspace=workspace)
    expected = convolve(np.moveaxis(x, 1, -1), W, stride=stride, pad=pad, dilate=dilate)
    assert y.dtype == np.float32
    assert relative_error(np.moveaxis(y, 1, -1), expected) < 2e-6


@pytest.mark.parametrize('workspace', WORKSPACES)
@pytest.mark.parametrize('groups', [1, 3, 6])
def test_the_gradients_are_adjoint_to_the_convolution(groups, workspace):
    window = Window((3, 2), (2, 1), (2, 1), (1, 2), groups)
    x = random_map(2, 6, 12, 9).astype(np.float64)
    W = random_map(6, 6 // groups, 3, 2, seed=1).astype(np.float64)
    y = piecewise_convolution(x, W, window, xp=np, workspace=workspace)
    gy = random_map(*y.shape, seed=2).astype(np.float64)
    gx = piecewise_data_gradient(gy, W, window, (12, 9), xp=np, workspace=workspace)
    gW = piecewise_weight_gradient(x, gy, window, dtype='d', xp=np, workspace=workspace)
    assert (gx.shape, gW.shape) == (x.shape, W.shape)
    np.testing.assert_allclose([(gx * x).sum(), (gW * W).sum()], (gy * y).sum(), rtol=1e-10)


def test_results_have_the_type_of_the_map_and_gradients_that_of_the_kernel():
    window = Window((3, 3), pad=(1, 1))
    x, W = random_map(1, 4, 6, 6).astype('e'), random_map(4, 4, 3, 3)
    y = piecewise_convolution(x, W, window, xp=np)
    assert y.dtype == piecewise_data_gradient(y, W, window, (6, 6), xp=np).dtype == np.float16
    assert piecewise_weight_gradient(x, y, window, dtype='f', xp=np).dtype == np.float32


def test_memory_stays_within_the_workspace():
    window, workspace = Window((7, 7), pad=(3, 3)), 2 * 2**20
    x, W = random_map(2, 16, 60, 80), random_map(16, 16, 7, 7, seed=1)
    gy = random_map(2, 16, 60, 80, seed=2)
    for work, result in (
        (lambda: piecewise_convolution(x, W, window, xp=np, workspace=workspace), gy.nbytes),
        (
            lambda: piecewise_data_gradient(gy, W, window, (60, 80), xp=np, workspace=workspace),
            x.nbytes,
        ),
        (
            lambda: piecewise_weight_gradient(x, gy, window, dtype='f', xp=np, workspace=workspace),
            2 * W.nbytes,
        ),
    ):
        tracemalloc.start()
        work()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert workspace / 2 < peak < workspace + result + 200_000
