import tracemalloc

import chainer
import chainer.links as L
import numpy as np

from chainercv_seg.functions import gpu_convolution
from chainercv_seg.links import PSPNetResNet50, convolution
from chainercv_seg.links.convolution import Convolution2D, leave_unset


def test_numerics_and_initial_values_are_those_of_chainer():
    np.random.seed(0)
    ours = Convolution2D(3, 4, 3, 2, 1, dilate=2)
    np.random.seed(0)
    theirs = L.Convolution2D(3, 4, 3, 2, 1, dilate=2)
    x = np.random.default_rng(0).normal(size=(2, 3, 9, 9)).astype('f')
    np.testing.assert_array_equal(ours(x).array, theirs(x).array)


def test_there_is_no_gradient_before_a_backward_pass():
    assert Convolution2D(3, 4, 3).W.grad is None
    deferred = Convolution2D(None, 4, 3)
    deferred(np.ones((1, 3, 5, 5), 'f'))
    assert deferred.W.grad is None


def test_a_kernel_that_is_left_unset_has_a_shape_and_no_memory():
    kernel = Convolution2D(3, 4, 5, initialW=leave_unset).W.array
    assert kernel.shape == (4, 3, 5, 5)
    assert kernel.strides == (0, 0, 0, 0)


def test_a_network_without_values_never_takes_the_memory_of_its_weights():
    tracemalloc.start()
    network = PSPNetResNet50(19, initialW=leave_unset)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    sizes = [p.array.size * 4 for p in network.params()]
    assert sum(sizes) > 180e6
    assert peak < max(sizes) + 10e6


def test_a_copy_that_starts_anew_is_initialized():
    copy = Convolution2D(3, 4, 5, initialW=leave_unset).copy('init')
    assert 0.05 < copy.W.array.std() < 0.3  # LeCun: 1 / sqrt(75)


def test_a_network_that_goes_our_way_gives_the_scores_of_chainers_convolutions(monkeypatch):
    x = np.random.default_rng(0).uniform(0, 255, (2, 3, 48, 48)).astype('f')
    network = PSPNetResNet50(5, input_size=48)
    with chainer.using_config('train', False), chainer.no_backprop_mode():
        expected = network(x).array
        monkeypatch.setattr(convolution, 'goes_our_way', lambda x, W: True)
        monkeypatch.setattr(gpu_convolution, 'frontend_is_there', lambda: False)
        found = network(x).array
    assert np.abs(found - expected).max() < 1e-5 * np.abs(expected).max()


def test_on_the_cpu_nothing_goes_our_way():
    link = Convolution2D(3, 4, 3)
    assert not convolution.goes_our_way(np.zeros((1, 3, 5, 5), 'f'), link.W)
