"""Convolutions of training on the GPU, by cuDNN and by kernels of our own, against the piecewise ones."""

import numpy as np
import pytest

from chainercv_seg.engines.piecewise.pieces import Window
from chainercv_seg.functions.gpu_batch_normalization import GPUBatchNormalization
from chainercv_seg.functions.gpu_convolution import WithFallback, choose_methods
from chainercv_seg.functions.piecewise_function import Piecewise
from chainercv_seg.functions.window_convolution import window_convolution_2d
from tests.engines.cpu.direct import random_map, relative_error

# isort: split
import chainer
import chainer.functions as F
from chainer.backends.cuda import to_cpu

WINDOWS = [
    Window((3, 3), pad=(1, 1)),
    Window((7, 7), pad=(3, 3)),
    Window((3, 3), stride=(2, 2), pad=(1, 1)),
    Window((3, 3), pad=(4, 4), dilate=(4, 4)),
    Window((1, 1)),
    Window((3, 2), stride=(2, 1), pad=(2, 1), dilate=(1, 2)),
    Window((3, 3), pad=(1, 1), groups=16),
    Window((3, 3), stride=(2, 2), pad=(1, 1), groups=16),
    Window((3, 3), pad=(6, 6), dilate=(6, 6), groups=16),
]
TOLERANCE = {'float32': 1e-5, 'tf32': 3e-3, 'float16': 2e-2}


@pytest.fixture
def device(gpu):
    if gpu < 0:
        pytest.skip('there is no cuDNN on the CPU')
    return chainer.get_device(gpu)


def arrays_for(window, dtype=np.float32):
    channels = 1 if window.groups > 1 else 16
    shapes = (2, 16, 23, 30), (16, channels, *window.kernel)
    return [random_map(*shape, seed=i).astype(dtype) for i, shape in enumerate(shapes)]


def gradients(methods, arrays, window, device, *, twice=False):
    """Result and gradients; with `twice`, those of the gradients."""
    x, W = (chainer.Variable(device.send(array)) for array in arrays)
    y = window_convolution_2d(x, W, None, window, methods)
    weight = device.send(random_map(*y.shape, seed=2).astype(y.dtype))
    if not twice:
        F.sum(y * weight).backward()
        return [to_cpu(array).astype('d') for array in (y.array, x.grad, W.grad)]
    gx, gW = chainer.grad([F.sum(y * y * weight)], [x, W], enable_double_backprop=True)
    (F.sum(gx * gx) + F.sum(gW * gW)).backward()
    return [to_cpu(array).astype('d') for array in (x.grad, W.grad)]


def chosen(arrays, window, device):
    methods = choose_methods(*(device.send(array) for array in arrays), window.groups)
    assert type(methods) is not Piecewise
    if isinstance(methods, WithFallback):
        methods = methods._methods  # no fallback, else nothing would be tested
    return methods


@pytest.mark.parametrize('window', WINDOWS, ids=str)
@pytest.mark.parametrize('precision', TOLERANCE)
@pytest.mark.parametrize('autotune', [False, True])
def test_result_and_gradients_are_those_of_the_piecewise_function(
    window, precision, autotune, device
):
    dtype = np.float16 if precision == 'float16' else np.float32
    arrays = arrays_for(window, dtype)
    with (
        chainer.using_device(device),
        chainer.using_config('autotune', autotune),
        chainer.using_config('convolution_precision', 'tf32' if precision == 'tf32' else None),
    ):
        found = gradients(chosen(arrays, window, device), arrays, window, device)
        exact = [array.astype('d') for array in arrays]
        expected = gradients(Piecewise(), exact, window, device)
    for array, other in zip(found, expected, strict=True):
        assert relative_error(array, other) < TOLERANCE[precision]


@pytest.mark.parametrize('window', WINDOWS, ids=str)
def test_gradients_of_gradients_are_those_of_the_piecewise_function(window, device):
    arrays = arrays_for(window)
    with chainer.using_device(device):
        found = gradients(chosen(arrays, window, device), arrays, window, device, twice=True)
        exact = [array.astype('d') for array in arrays]
        expected = gradients(Piecewise(), exact, window, device, twice=True)
    for array, other in zip(found, expected, strict=True):
        assert relative_error(array, other) < 1e-4


@pytest.mark.parametrize('window', WINDOWS, ids=str)
def test_deterministic_plans_give_the_same_bits_again(window, device):
    arrays = arrays_for(window)
    with chainer.using_device(device), chainer.using_config('cudnn_deterministic', True):
        runs = [gradients(chosen(arrays, window, device), arrays, window, device) for _ in range(3)]
    for others in runs[1:]:
        for array, other in zip(others, runs[0], strict=True):
            np.testing.assert_array_equal(array, other)


@pytest.mark.parametrize('window', WINDOWS, ids=str)
def test_without_gradients_an_image_has_the_same_bits_in_every_batch(window, device):
    x, W = arrays_for(window)
    with chainer.using_device(device), chainer.no_backprop_mode():
        methods = chosen((x, W), window, device)
        batch = to_cpu(methods.forward(device.send(x), device.send(W), window))
        for i in range(len(x)):
            one = to_cpu(methods.forward(device.send(x[i : i + 1]), device.send(W), window))
            np.testing.assert_array_equal(one[0], batch[i])


@pytest.mark.parametrize('relu', [False, True])
@pytest.mark.parametrize('shape', [(4, 64, 45, 60), (2, 728, 33, 33), (1, 3, 1, 1)])
def test_batch_normalization_is_that_of_chainer(shape, relu, device):
    arrays = random_map(*shape) + 5, random_map(shape[1], seed=1), random_map(shape[1], seed=2)
    weight = random_map(*shape, seed=3)
    results = []
    with chainer.using_device(device):
        for ours in (True, False):
            inputs = [chainer.Variable(device.send(array)) for array in arrays]
            if ours:
                (y,) = GPUBatchNormalization(1e-3, relu=relu).apply(inputs)
            else:
                y = F.batch_normalization(*inputs, eps=1e-3)
                y = F.relu(y) if relu else y
            F.sum(y * device.send(weight)).backward()
            results.append([to_cpu(a) for a in (y.array, *(v.grad for v in inputs))])
    for found, expected in zip(*results, strict=True):
        np.testing.assert_allclose(
            found, expected, rtol=0, atol=1e-4 * np.abs(expected).max() + 1e-5
        )
