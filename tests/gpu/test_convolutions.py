"""Convolutions for training on the GPU, and their gradients, against the piecewise ones."""

import numpy as np
import pytest

from chainercv_seg.functions.gpu_convolution import gpu_convolution_2d
from tests.functions.piecewise import piecewise_convolution_2d

# isort: split
import chainer
import chainer.functions as F
from chainer.backends.cuda import to_cpu

CASES = [
    {},
    {'pad': (3, 3), 'ksize': 7},
    {'stride': (2, 2), 'pad': (1, 1)},
    {'pad': (4, 4), 'dilate': (4, 4)},
    {'pad': (1, 1), 'groups': 8},
    {'pad': (2, 2), 'dilate': (2, 2), 'groups': 8},
    {'stride': (2, 2), 'pad': (1, 1), 'groups': 8},
]
LIMITS = {'float32': 1e-5, 'tf32': 5e-3}


@pytest.fixture
def device(gpu):
    if gpu < 0:
        pytest.skip('the functions are for GPUs')
    return chainer.get_device(gpu)


@pytest.mark.parametrize('precision', LIMITS)
@pytest.mark.parametrize('case', CASES, ids=str)
def test_gradients_are_those_of_the_piecewise_function(device, case, precision):
    options = {name: value for name, value in case.items() if name != 'ksize'}
    k, groups = case.get('ksize', 3), case.get('groups', 1)
    rng = np.random.RandomState(0)
    arrays = [
        rng.normal(size=s).astype('f')
        for s in ((2, 8, 21, 18), (16 if groups == 1 else 8, 8 // groups, k, k))
    ]

    def results(function):
        x, W = (chainer.Variable(device.send(array)) for array in arrays)
        y = function(x, W, None, **options)
        (gx,) = chainer.grad([F.sum(y * y)], [x], enable_double_backprop=True)
        F.sum(gx * gx).backward()
        return [to_cpu(array) for array in (y.array, gx.array, x.grad, W.grad)]

    with chainer.using_device(device), chainer.using_config('convolution_precision', precision):
        found = results(gpu_convolution_2d)
        expected = results(piecewise_convolution_2d)
    for array, other in zip(found, expected, strict=True):
        assert np.linalg.norm(array - other) < LIMITS[precision] * np.linalg.norm(other)
