import random

import numpy as np
import pytest

from chainercv_seg.extensions import RandomStates

# isort: split
import chainer


@pytest.mark.parametrize('normals', [0, 1], ids=['no normal in reserve', 'a normal in reserve'])
def test_what_is_drawn_after_loading_is_what_was_drawn_after_saving(tmp_path, normals):
    def draw():
        return random.random(), random.gauss(0, 1), np.random.rand(3).tolist(), np.random.randn()

    random.seed(4)
    np.random.seed(4)
    for _ in range(normals):  # both generators make normal numbers in pairs and keep one
        random.gauss(0, 1)
        np.random.randn()
    path = tmp_path / 'states.npz'
    chainer.serializers.save_npz(path, RandomStates())
    expected = draw()
    draw()
    with np.load(path, allow_pickle=False) as npz:
        chainer.serializers.NpzDeserializer(npz).load(RandomStates())
    assert draw() == expected
