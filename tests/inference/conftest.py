"""A stand-in network: cheap, and sensitive to place, colour and batch alike."""

import chainer
import numpy as np
import pytest

N_CLASS = 5


class StandIn:
    """A score function that remembers the shapes of its inputs.

    Each score mixes the colours of a pixel and of the one above and to the left, so that flips,
    offsets and padding change it. Samples are computed one by one: no batch can change a bit.
    """

    def __init__(self):
        self.shapes = []
        rng = np.random.default_rng(0)
        self.weights = rng.normal(0, 0.02, (2, N_CLASS, 3)).astype('f')

    def __call__(self, x):
        self.shapes.append(x.shape)
        return np.stack([self.one(sample) for sample in x])

    def one(self, x):
        shifted = np.roll(x, 1, axis=(1, 2))
        return sum(
            np.tensordot(w, a, axes=1) for w, a in zip(self.weights, (x, shifted), strict=True)
        )


@pytest.fixture
def score():
    return StandIn()


@pytest.fixture
def device():
    return chainer.get_device('@numpy')


@pytest.fixture
def images():
    """Images of many shapes, some alike."""
    rng = np.random.default_rng(1)
    sizes = [(30, 40), (40, 30), (30, 40), (97, 50), (3, 120), (40, 30), (1, 1), (30, 40)]
    return [rng.uniform(0, 255, (3, *size)).astype('f') for size in sizes]
