import numpy as np
import pytest

from chainercv_seg.inference import optimize
from chainercv_seg.links import DeepLabV3plusXception65
from tests import parity

ARGUMENTS = parity.CASES['deeplab_v3plus_xception65'][1]


@pytest.fixture(scope='module')
def network():
    return parity.fill(DeepLabV3plusXception65(**ARGUMENTS))


@pytest.fixture(scope='module')
def optimized(network):
    return optimize(network)


@pytest.mark.parametrize('size', [(41, 57), (33, 33), (64, 71), (9, 20), (1, 1)])
def test_the_scores_are_those_of_the_network_at_any_size(network, optimized, size):
    x = np.random.RandomState(0).uniform(-1, 1, (2, 3, *size)).astype('f')
    with parity.evaluating():
        expected, found = network(x).array, optimized(x).array
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=0, atol=5e-5 * np.abs(expected).max())


def image(height, width):
    patches = np.random.RandomState(1).randint(0, 256, (3, height // 9 + 1, width // 9 + 1))
    return np.kron(patches, np.ones((1, 9, 9)))[:, :height, :width].astype('f')


def test_labels_are_those_of_the_network_on_canvases_of_any_size(network, optimized):
    images = [image(41, 57), image(30, 80)]
    pairs = list(zip(optimized.predict(images), network.predict(images), strict=True))
    assert [found.shape for found, _ in pairs] == [(41, 57), (30, 80)]
    assert all((found != expected).mean() < 1e-3 for found, expected in pairs)


def test_settings_changed_afterwards_are_obeyed(network, optimized, monkeypatch):
    before = optimized.protocol
    settings = {'flip': True, 'scales': (0.8, 1.1), 'min_input_size': (49, 33), 'batchsize': 2}
    for link in (network, optimized):
        for name, value in settings.items():
            monkeypatch.setattr(link, name, value)
    assert before != optimized.protocol == {**network.protocol, 'arithmetic': 'optimized'}
    found, expected = (link.predict([image(41, 57)])[0] for link in (optimized, network))
    assert (found != expected).mean() < 1e-3


def test_the_network_is_left_as_it_is_and_its_parameters_are_not_kept(network):
    before = {k: np.copy(v) for k, v in parity.state(network).items()}
    optimized = optimize(network)
    assert all(np.array_equal(v, before[k]) for k, v in parity.state(network).items())
    assert list(optimized.params()) == []
    assert optimized.n_class == 5
    assert optimized.min_input_size == (41, 57)
    np.testing.assert_array_equal(optimized.prepare(image(9, 9)), network.prepare(image(9, 9)))
    assert optimized.protocol == {**network.protocol, 'arithmetic': 'optimized'}


def test_what_is_not_prepared_for_is_refused():
    changed = DeepLabV3plusXception65(**ARGUMENTS)
    changed.aspp.conv1x1.activ = np.tanh
    with pytest.raises(TypeError, match='expected ReLU or no activation'):
        optimize(changed)
