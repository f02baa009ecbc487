"""Kernels for training are compiled and launched as CuPy wants it."""

import numpy as np
import pytest

from chainercv_seg.engines.cuda.depthwise_gradients import DEFINITIONS, SOURCE, DepthwiseGradients
from chainercv_seg.engines.cuda.launching import BLOCKS, blocks_for
from chainercv_seg.engines.piecewise.convolution import piecewise_convolution
from chainercv_seg.engines.piecewise.pieces import Window
from tests.engines.cpu.direct import random_map, relative_error
from tests.engines.cuda.host_kernels import needs_compiler


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
    window, methods = Window((3, 3), pad=(1, 1), groups=5), DepthwiseGradients(xp=kernels_on_host)
    x, W = random_map(2, 5, 9, 8), random_map(5, 1, 3, 3)
    for device[0] in (0, 1, 0):
        for dtype in ('f', 'd', 'f'):
            y = methods.forward(x.astype(dtype), W.astype(dtype), window)
            assert relative_error(y, piecewise_convolution(x, W, window, xp=np)) < 1e-6
            methods.data(y, W.astype(dtype), window, (9, 8))
    kinds = [DEFINITIONS['float32'], DEFINITIONS['float64']]
    assert made == [(number, kind) for number in (0, 1) for kind in kinds]


@pytest.mark.parametrize(
    ('n', 'blocks'), [(0, 1), (1, 1), (256, 1), (257, 2), (2**24, BLOCKS), (2**31, BLOCKS)]
)
def test_there_are_blocks_for_all_numbers_but_not_more_than_the_most(n, blocks):
    assert blocks_for(n) == blocks
