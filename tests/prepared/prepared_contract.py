"""What every prepared network must do: a suite to inherit.

The description is held against the network on the reference engine, and the CPU's engine against that: a
wrong description and a wrong kernel fail different tests.
"""

import numpy as np
import pytest

from chainercv_seg.engines.cpu.resizing import resize_planes
from chainercv_seg.prepared import optimize
from tests import parity
from tests.engines.reference import ReferenceEngine, resize


class PreparedContract:
    """Tests of a prepared network.

    Attributes:
        range: Of the values of its inputs.
        sizes: Of inputs, the first one small.
        images: Sizes of images.
        settings: Attributes that can be set.
    """

    range = (0, 255)
    sizes = ()
    images = ()
    settings = {}  # noqa: RUF012
    n_class = 5
    #: How far scores in float32 may be from exact ones, as a share of the largest.
    error = 1e-5

    @staticmethod
    def build():
        raise NotImplementedError

    @staticmethod
    def write(network):
        raise NotImplementedError

    @pytest.fixture(scope='class')
    @classmethod
    def network(cls):
        return parity.fill(cls.build())

    @pytest.fixture(scope='class')
    @classmethod
    def optimized(cls, network):
        return optimize(network)

    @staticmethod
    def image(height, width):
        """Patches of colours, ``(3, height, width)`` float32."""
        patches = np.random.RandomState(1).randint(0, 256, (3, height // 9 + 1, width // 9 + 1))
        return np.kron(patches, np.ones((1, 9, 9)))[:, :height, :width].astype('f')

    def inputs(self, size, n=2):
        return np.random.RandomState(0).uniform(*self.range, (n, 3, *size)).astype('f')

    @pytest.mark.slow
    def test_the_description_is_that_of_the_network(self, network):
        x = self.inputs(self.sizes[0])
        program = self.write(network)
        assert len(program.nodes) < 100 or 'resnet101' in network.weights_model
        found = ReferenceEngine().compile(program)(x)
        with parity.evaluating():
            expected = network(x).array
        limit = self.error * np.abs(expected).max()
        np.testing.assert_allclose(resize(found, expected.shape[2:]), expected, rtol=0, atol=limit)

    def test_the_scores_are_those_of_the_network_at_any_size(self, network, optimized):
        for size in self.sizes:
            x = self.inputs(size)
            with parity.evaluating():
                expected, found = network(x).array, optimized.score(x)
            limit = 5e-5 * np.abs(expected).max()
            found = resize_planes(found, expected.shape[2:])
            np.testing.assert_allclose(found, expected, rtol=0, atol=limit)

    def test_a_batch_gives_the_same_bits_as_each_input_alone(self, optimized):
        x = self.inputs(self.sizes[0], n=3)
        together = optimized.score(x)
        for i in range(3):
            np.testing.assert_array_equal(optimized.score(x[i : i + 1])[0], together[i])

    def test_labels_differ_only_where_the_best_scores_are_equal_but_for_rounding(
        self, network, optimized
    ):
        x = self.inputs(self.sizes[0])
        with parity.evaluating():
            expected = network(x).array
        found = resize_planes(optimized.score(x), expected.shape[2:])
        first, second = found.argmax(axis=1), expected.argmax(axis=1)
        assert len(np.unique(second)) > 1
        best = expected.max(axis=1)
        chosen = np.take_along_axis(expected, first[:, None], axis=1)[:, 0]
        assert (best - chosen)[first != second].max(initial=0) < 1e-4 * np.abs(expected).max()
        assert (first != second).mean() < 1e-3

    def test_predicted_labels_are_those_of_the_network(self, network, optimized):
        images = [self.image(*size) for size in self.images]
        pairs = list(zip(optimized.predict(images), network.predict(images), strict=True))
        assert [found.shape for found, _ in pairs] == list(self.images)
        assert all(found.dtype == np.int32 for found, _ in pairs)
        assert all((found != expected).mean() < 1e-3 for found, expected in pairs)

    @pytest.mark.slow
    def test_settings_changed_afterwards_are_obeyed(self, network, monkeypatch):
        optimized = optimize(network)
        before = optimized.protocol
        for name, value in self.settings.items():
            monkeypatch.setattr(network, name, value)
            setattr(optimized, name, value)
            assert getattr(optimized, name) == getattr(network, name)
        assert (before != optimized.protocol) == bool(self.settings.keys() - {'batchsize'})
        assert optimized.protocol == {**network.protocol, 'arithmetic': 'optimized'}
        images = [self.image(*size) for size in self.images]
        for found, expected in zip(optimized.predict(images), network.predict(images), strict=True):
            assert (found != expected).mean() < 1e-3

    def test_the_network_is_left_as_it_is(self, network):
        before = {k: np.copy(v) for k, v in parity.state(network).items()}
        optimized = optimize(network)
        optimized.predict([self.image(*self.images[0])])
        assert all(np.array_equal(v, before[k]) for k, v in parity.state(network).items())
        assert optimized.n_class == self.n_class
        assert optimized.protocol == {**network.protocol, 'arithmetic': 'optimized'}
