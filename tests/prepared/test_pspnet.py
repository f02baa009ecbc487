import numpy as np
import pytest

from chainercv_seg.links import PSPNetResNet50, SEBlock
from chainercv_seg.prepared import optimize
from chainercv_seg.prepared.pspnet import write_pspnet
from tests.prepared.prepared_contract import PreparedContract


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


def test_what_is_not_prepared_for_is_refused():
    changed = PSPNetResNet50(2, input_size=48)
    changed.extractor.res2.a.conv1.activ = np.tanh
    with pytest.raises(TypeError, match='expected ReLU or no activation'):
        optimize(changed)
    changed = PSPNetResNet50(2, input_size=48)
    changed.extractor.res2.a.se = SEBlock(256)
    with pytest.raises(TypeError, match='squeeze and excitation'):
        optimize(changed)
