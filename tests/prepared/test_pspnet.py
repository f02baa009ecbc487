import numpy as np
import pytest

from chainercv_seg.engines.cpu.resizing import resize_planes
from chainercv_seg.links import PSPNetResNet50, SEBlock
from chainercv_seg.prepared import optimize
from chainercv_seg.prepared.pspnet import write_pspnet
from tests import parity
from tests.engines.reference import ReferenceEngine, resize
from tests.prepared.prepared_contract import PreparedContract

#: What networks of other frameworks have otherwise.
OTHERS = {
    'mmsegmentation': {
        'pooling': 'adaptive',
        'align_corners': False,
        'stem': (32, 32, 64),
        'contract_dilation': True,
        'cover_all': False,
        'std': (58.395, 57.12, 57.375),
    },
    'caffe': {'pooling': 'adaptive', 'stride_first': True, 'tiling': 'corner', 'sum_flips': True},
}


class TestPSPNet(PreparedContract):
    range = (-120, 140)
    sizes = [(75, 60), (81, 66), (96, 104), (150, 133)]  # noqa: RUF012
    images = [(75, 60), (40, 130)]  # noqa: RUF012
    settings = {'flip': False, 'scales': (0.8,), 'stride_rate': 1.0, 'batchsize': 2}  # noqa: RUF012
    write = staticmethod(write_pspnet)

    @staticmethod
    def build():
        return PSPNetResNet50(5, input_size=(75, 60))

    def test_the_mean_is_a_copy(self, network, optimized):
        assert optimized.mean is not network.mean
        assert optimized.input_size == (75, 60)


@pytest.mark.slow
@pytest.mark.parametrize('arguments', OTHERS.values(), ids=OTHERS)
def test_networks_of_other_frameworks_are_described_too(arguments):
    network = parity.fill(PSPNetResNet50(5, input_size=(49, 57), **arguments))
    optimized, program = optimize(network), write_pspnet(network)
    aligned = network.align_corners
    for size in ((49, 57), (64, 80)):
        x = np.random.RandomState(0).uniform(-2, 2, (2, 3, *size)).astype('f')
        with parity.evaluating():
            expected = network(x).array
        limit = 5e-5 * np.abs(expected).max()
        found = resize_planes(optimized.score(x), size, align_corners=aligned)
        np.testing.assert_allclose(found, expected, rtol=0, atol=limit)
        exact = resize(ReferenceEngine().compile(program)(x), size, aligned)
        np.testing.assert_allclose(exact, expected, rtol=0, atol=limit)
    images = [PreparedContract.image(40, 130), PreparedContract.image(49, 31)]
    pairs = zip(optimized.predict(images), network.predict(images), strict=True)
    assert all((found != expected).mean() < 1e-3 for found, expected in pairs)
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
