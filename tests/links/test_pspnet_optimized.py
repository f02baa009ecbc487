import numpy as np
import pytest

from chainercv_seg.inference import optimize
from chainercv_seg.links import PSPNetResNet50, SEBlock
from tests import parity


@pytest.fixture(scope='module')
def network():
    return parity.fill(PSPNetResNet50(5, input_size=(75, 60)))


@pytest.fixture(scope='module')
def optimized(network):
    return optimize(network)


@pytest.mark.parametrize('size', [(75, 60), (81, 66), (96, 104), (150, 133)])
def test_the_scores_are_those_of_the_network_at_any_size(network, optimized, size):
    x = np.random.RandomState(0).uniform(-120, 140, (2, 3, *size)).astype('f')
    with parity.evaluating():
        expected, found = network(x).array, optimized(x).array
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=0, atol=5e-5 * np.abs(expected).max())


def image(height, width):
    patches = np.random.RandomState(1).randint(0, 256, (3, height // 9 + 1, width // 9 + 1))
    return np.kron(patches, np.ones((1, 9, 9)))[:, :height, :width].astype('f')


def test_labels_are_those_of_the_network_for_one_tile_and_many(network, optimized):
    images = [image(75, 60), image(40, 130)]
    pairs = list(zip(optimized.predict(images), network.predict(images), strict=True))
    assert [found.shape for found, _ in pairs] == [(75, 60), (40, 130)]
    assert all((found != expected).mean() < 1e-3 for found, expected in pairs)
    assert max(len(np.unique(expected)) for _, expected in pairs) > 1


def test_settings_changed_afterwards_are_obeyed(network, optimized, monkeypatch):
    before = optimized.protocol
    settings = {'flip': False, 'scales': (0.8,), 'stride_rate': 1.0, 'batchsize': 2}
    for link in (network, optimized):
        for name, value in settings.items():
            monkeypatch.setattr(link, name, value)
    assert before != optimized.protocol == {**network.protocol, 'arithmetic': 'optimized'}
    found, expected = (link.predict([image(75, 130)])[0] for link in (optimized, network))
    assert (found != expected).mean() < 1e-3


def test_the_network_is_left_as_it_is_and_its_parameters_are_not_kept(network, optimized):
    before = {k: np.copy(v) for k, v in parity.state(network).items()}
    assert list(optimize(network).params()) == []
    assert all(np.array_equal(v, before[k]) for k, v in parity.state(network).items())
    assert (optimized.n_class, optimized.input_size) == (5, (75, 60))
    assert optimized.mean is not network.mean
    assert optimized.protocol == {**network.protocol, 'arithmetic': 'optimized'}


def test_what_is_not_prepared_for_is_refused():
    changed = PSPNetResNet50(2, input_size=48)
    changed.extractor.res2.a.conv1.activ = np.tanh
    with pytest.raises(TypeError, match='expected ReLU or no activation'):
        optimize(changed)
    changed = PSPNetResNet50(2, input_size=48)
    changed.extractor.res2.a.se = SEBlock(256)
    with pytest.raises(TypeError, match='squeeze and excitation'):
        optimize(changed)
