"""Networks made under Chainer's ``dtype`` predict on the GPU, as they are and optimized."""

import chainer
import numpy as np
import pytest

from chainercv_seg.prepared import optimize
from tests.links.test_dtype import NETWORKS


@pytest.mark.parametrize('name', NETWORKS)
@pytest.mark.parametrize('dtype', [chainer.mixed16, np.dtype('float16')], ids=str)
def test_labels_are_those_of_a_network_of_float32(name, dtype, on_gpu):
    with chainer.using_config('dtype', dtype):
        link = NETWORKS[name]()
    plain = NETWORKS[name]()
    for param, other in zip(link.params(), plain.params(), strict=True):
        other.array[...] = param.array
    images = np.random.default_rng(0).uniform(0, 255, (1, 3, 70, 90)).astype('f')
    expected = plain.predict(images)[0]
    on_gpu(link)
    with chainer.using_config('dtype', dtype):
        for network in (link, optimize(link)):
            assert (network.predict(images)[0] == expected).mean() > 0.98
