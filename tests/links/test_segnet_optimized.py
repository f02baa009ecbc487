import numpy as np
import pytest

from chainercv_seg.inference import optimize
from chainercv_seg.links import SegNetBasic
from tests import parity


@pytest.fixture(scope='module')
def network():
    return parity.fill(SegNetBasic(5))


@pytest.fixture(scope='module')
def optimized(network):
    return optimize(network)


@pytest.mark.parametrize('size', [(48, 64), (45, 58), (90, 33), (16, 17), (1, 1)])
def test_the_scores_are_those_of_the_network_at_any_size(network, optimized, size):
    x = np.random.RandomState(0).uniform(0, 255, (2, 3, *size)).astype('f')
    with parity.evaluating():
        expected, found = network(x).array, optimized(x).array
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=0, atol=2e-5 * np.abs(expected).max())


def test_labels_differ_only_where_the_best_scores_are_equal_but_for_rounding(network, optimized):
    image = np.random.RandomState(1).uniform(0, 255, (3, 45, 58)).astype('f')
    found, expected = optimized.predict([image])[0], network.predict([image])[0]
    assert found.dtype == np.int32
    assert found.shape == (45, 58)
    assert (found != expected).mean() < 1e-3
    assert len(np.unique(expected)) > 1


def test_the_network_is_left_as_it_is_and_its_parameters_are_not_kept(network):
    before = {k: np.copy(v) for k, v in parity.state(network).items()}
    optimized = optimize(network)
    assert all(np.array_equal(v, before[k]) for k, v in parity.state(network).items())
    assert list(optimized.params()) == []
    assert optimized.n_class == 5


def test_the_protocol_says_that_the_arithmetic_is_another(network, optimized):
    assert optimized.protocol == {**network.protocol, 'arithmetic': 'optimized'}
