"""Batch normalization on GPUs, its kernels run by this computer, against Chainer's."""

import numpy as np
import pytest

from tests.engines.cpu.direct import random_map, relative_error
from tests.engines.cuda.host_kernels import needs_compiler

pytest.importorskip('chainer')

import chainer
import chainer.functions as F

from chainercv_seg.functions.gpu_batch_normalization import GPUBatchNormalization, fuses_on_gpu
from chainercv_seg.links import Conv2DBNActiv
from chainercv_seg.links import batch_normalization as links
from chainercv_seg.links.batch_normalization import BatchNormalization

pytestmark = [needs_compiler, pytest.mark.usefixtures('kernels_on_host')]
ARRAYS = random_map(2, 4, 6, 5), random_map(4, seed=1), random_map(4, seed=2)


def plain(x, gamma, beta, *, relu):
    y = F.batch_normalization(x, gamma, beta, eps=1e-3)
    return F.relu(y) if relu else y


def ours(x, gamma, beta, *, relu):
    return GPUBatchNormalization(1e-3, relu=relu).apply((x, gamma, beta))[0]


@pytest.mark.parametrize('relu', [False, True])
def test_result_and_gradients_are_those_of_chainer(relu):
    results = []
    for function in (ours, plain):
        inputs = [chainer.Variable(array) for array in ARRAYS]
        y = function(*inputs, relu=relu)
        F.sum(y * random_map(*y.shape, seed=3)).backward()
        results.append([y.array, *(variable.grad for variable in inputs)])
    for found, expected in zip(*results, strict=True):
        assert found.dtype == np.float32
        assert relative_error(found, expected) < 1e-5


@pytest.mark.parametrize('relu', [False, True])
def test_gradients_of_gradients_are_those_of_chainer(relu):
    results = []
    for function in (ours, plain):
        inputs = [chainer.Variable(array) for array in ARRAYS]
        y = function(*inputs, relu=relu)
        grads = chainer.grad([F.sum(y**3)], inputs, enable_double_backprop=True)
        sum(F.sum(g**2) for g in grads).backward()
        results.append([variable.grad for variable in inputs])
    for found, expected in zip(*results, strict=True):
        assert relative_error(found, expected) < 1e-4


def test_only_float32_of_sizes_that_the_kernels_can_number_is_taken(monkeypatch):
    x, gamma, beta = ARRAYS
    assert fuses_on_gpu(x, gamma, beta)
    assert not fuses_on_gpu(x.astype('e'), gamma, beta)
    assert not fuses_on_gpu(x, gamma.astype('e'), beta)
    assert not fuses_on_gpu(x, None, beta)
    assert not fuses_on_gpu(x[0], gamma, beta)
    assert not fuses_on_gpu(np.broadcast_to(np.float32(0), (2**11, 2**10, 2**5, 2**5)), gamma)
    monkeypatch.setattr(chainer, 'should_use_cudnn', lambda level: True)
    assert not fuses_on_gpu(x, gamma, beta)


def step(link, x):
    """A step of training: result, running statistics and gradients."""
    link.cleargrads()
    y = link(x)
    F.sum(y * y * random_map(*y.shape, seed=3)).backward()
    bn = link if isinstance(link, BatchNormalization) else link.bn
    return [y.array, bn.avg_mean, bn.avg_var, bn.gamma.grad, bn.beta.grad]


@pytest.mark.parametrize(
    'build', [lambda: BatchNormalization(4), lambda: Conv2DBNActiv(4, 4, 3, pad=1)]
)
def test_a_link_on_a_gpu_trains_as_chainers(build, monkeypatch):
    np.random.seed(0)
    link = build()
    other = link.copy('copy')
    monkeypatch.setattr(BatchNormalization, 'trains_fast', lambda self, x: False)
    expected = [step(other, ARRAYS[0]) for _ in range(2)][-1]
    taken = []

    def on_gpu(self, x):
        taken.append(x)
        return chainer.config.train

    monkeypatch.setattr(BatchNormalization, 'trains_on_gpu', on_gpu)
    found = [step(link, ARRAYS[0]) for _ in range(2)][-1]
    assert len(taken) >= 2
    for array, other_array in zip(found, expected, strict=True):
        assert relative_error(array, other_array) < 2e-5
    assert links.GPUBatchNormalization is GPUBatchNormalization


def test_on_the_cpu_no_link_trains_as_on_a_gpu():
    assert not BatchNormalization(4).trains_on_gpu(ARRAYS[0])
