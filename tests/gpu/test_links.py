"""Networks on the GPU against the CPU: scores, labels, training."""

import numpy as np
import pytest

from chainercv_seg import links
from tests import parity

# isort: split
import chainer
from chainer.backends.cuda import to_cpu

NAMES = ['segnet', 'pspnet_resnet50', 'deeplab_v3plus_xception65']
ATOL = 1e-3  # of the largest score: other sums, and cuDNN's own methods


def build(name):
    class_name, arguments, _, _ = parity.CASES[name]
    return parity.fill(getattr(links, class_name)(**arguments))


@pytest.fixture
def without_dropout(monkeypatch):
    """On a GPU dropout draws from another generator."""
    monkeypatch.setattr(chainer.functions, 'dropout', lambda x, **options: x)


@pytest.mark.parametrize('name', NAMES)
def test_scores_are_those_of_the_cpu(name, on_gpu):
    link, x = build(name), parity.inputs(name)
    with chainer.using_config('train', False), chainer.no_backprop_mode():
        expected = link(x).array
        on_gpu(link)
        found = to_cpu(link(link.device.send(x)).array)
    np.testing.assert_allclose(found, expected, rtol=0, atol=ATOL * np.abs(expected).max())


@pytest.mark.parametrize('name', NAMES)
@pytest.mark.parametrize('batchsize', [1, 3])
def test_labels_are_those_of_the_cpu(name, batchsize, on_gpu):
    rng = np.random.RandomState(1)
    images = [rng.uniform(0, 255, (3, *size)).astype('f') for size in [(97, 140), (61, 83)]]
    link = build(name)
    link.batchsize = batchsize
    if name != 'segnet':
        link.scales, link.flip = (0.75, 1.0), True
    expected = link.predict(images)
    found = on_gpu(link).predict(images)
    for label, other in zip(found, expected, strict=True):
        assert (type(label), label.dtype, label.shape) == (np.ndarray, np.int32, other.shape)
        assert np.mean(label != other) < 0.01  # weights are random: many pixels are close to ties


@pytest.mark.usefixtures('without_dropout')
@pytest.mark.parametrize('name', NAMES)
def test_a_step_of_training_is_that_of_the_cpu(name, on_gpu):
    x = parity.inputs(name)

    def step(link):
        with chainer.using_config('train', False), chainer.no_backprop_mode():
            shape = link(link.device.send(x)).shape
        label = np.random.RandomState(0).randint(-1, 2, (shape[0], *shape[2:])).astype('i')
        classifier = links.PixelwiseSoftmaxClassifier(link)
        classifier.device  # noqa: B018  (a link of its own, on the CPU)
        classifier.to_device(link.device)
        classifier.cleargrads()
        with chainer.using_config('train', True), chainer.using_device(link.device):
            loss = classifier(link.device.send(x), link.device.send(label))
            loss.backward()
        gradients = {n: to_cpu(p.grad) for n, p in link.namedparams()}
        return float(to_cpu(loss.array)), gradients

    loss, gradients = step(build(name))
    gpu_loss, gpu_gradients = step(on_gpu(build(name)))
    assert gpu_loss == pytest.approx(loss, rel=1e-3)
    norms = {n: np.linalg.norm(g) for n, g in gradients.items()}
    largest = max(norms.values())
    for n, norm in norms.items():
        error = np.linalg.norm(gpu_gradients[n] - gradients[n])
        assert error < 0.05 * norm + 1e-5 * largest, n
