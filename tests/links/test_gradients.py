"""Gradients of the deep networks, trained by kernels of our own, against double precision.

Whether a number is positive is decided by rounding where it is nearly zero, and a few such choices move the
gradients of a whole network by a hundredth of their maximum, in any implementation. So the network in double
precision, of Chainer's functions alone, makes the choices that ours made.
"""

import chainer
import chainer.functions as F
import numpy as np
import pytest
from chainer.functions.activation import relu
from chainer.functions.array import resize_images

from chainercv_seg import links
from chainercv_seg.engines.cpu.compiled import COMPILED
from chainercv_seg.functions.batch_normalization_function import BatchNormalizationFunction
from tests import parity


class ChosenReLU(chainer.FunctionNode):
    """Lets through what is True in ``positive``, whatever its sign."""

    def __init__(self, positive):
        self.positive = positive

    def forward(self, inputs):
        return (inputs[0] * self.positive,)

    def backward(self, indexes, gradients):
        return ChosenReLU(self.positive).apply(gradients)


def remember_choices(monkeypatch):
    """Return the list to which each ReLU of a forward pass adds where its input is positive."""
    choices = []

    def remembering(forward):
        def forward_and_remember(self, inputs):
            (y,) = forward(self, inputs)
            if getattr(self, 'relu', True):
                choices.append(y > 0)
            return (y,)

        return forward_and_remember

    for function, name in ((BatchNormalizationFunction, 'forward'), (relu.ReLU, 'forward_cpu')):
        monkeypatch.setattr(function, name, remembering(getattr(function, name)))
    return choices


def choose(monkeypatch, choices):
    """Let ReLUs choose as remembered, and Chainer's resizing take double precision."""
    choices = iter(choices)
    monkeypatch.setattr(relu, 'ReLU', lambda: ChosenReLU(next(choices)))
    for function in (resize_images.ResizeImages, resize_images.ResizeImagesGrad):
        monkeypatch.setattr(function, 'check_type_forward', lambda self, in_types: None)
    return choices


def to_double(network):
    for link in network.links():
        for name, value in vars(link).items():
            if isinstance(value, np.ndarray):
                setattr(link, name, value.astype(np.float64))
    for parameter in network.params():
        parameter.array = parameter.array.astype(np.float64)


def gradients(network, name, dtype):
    images = parity.inputs(name).astype(dtype)
    network.cleargrads()
    np.random.seed(0)  # of dropout
    with chainer.using_config('train', True):
        scores = network(images)
        labels = parity.labels(name, (len(images), *scores.shape[2:]), network.n_class)
        F.softmax_cross_entropy(scores, labels).backward()
    return {path: parameter.grad for path, parameter in network.namedparams()}


@pytest.mark.slow
@pytest.mark.skipif(not COMPILED, reason='numba is not installed')
@pytest.mark.parametrize('name', ['pspnet_resnet50', 'deeplab_v3plus_xception65'])
def test_gradients_of_a_deep_network_are_exact_but_for_rounding(name, monkeypatch):
    class_name, arguments, _, _ = parity.CASES[name]
    network = parity.fill(getattr(links, class_name)(**arguments))
    with monkeypatch.context() as patch:
        choices = remember_choices(patch)
        found = gradients(network, name, np.float32)
    network = parity.fill(getattr(links, class_name)(**arguments))
    to_double(network)
    with monkeypatch.context() as patch:
        left = choose(patch, choices)
        expected = gradients(network, name, np.float64)
    assert next(left, None) is None
    # A shift before a batch normalization changes nothing: its gradient is rounding alone.
    largest = max(np.abs(gradient).max() for gradient in expected.values())
    for path, gradient in expected.items():
        error = np.abs(found[path] - gradient).max()
        assert error < 1e-4 * (np.abs(gradient).max() + 1e-3 * largest), (path, error)
