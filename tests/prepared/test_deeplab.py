import numpy as np
import pytest

from chainercv_seg.links import DeepLabV3plusXception65
from chainercv_seg.prepared import optimize
from chainercv_seg.prepared.deeplab import write_deeplab
from tests import parity
from tests.prepared.prepared_contract import PreparedContract

ARGUMENTS = parity.CASES['deeplab_v3plus_xception65'][1]


class TestDeepLab(PreparedContract):
    range = (-1, 1)
    sizes = [(33, 41), (33, 33), (64, 71), (9, 20), (1, 1)]  # noqa: RUF012
    images = [(41, 57), (30, 80)]  # noqa: RUF012
    settings = {  # noqa: RUF012
        'flip': True,
        'scales': (0.8, 1.1),
        'min_input_size': (49, 33),
        'batchsize': 2,
    }
    write = staticmethod(write_deeplab)

    @staticmethod
    def build():
        return DeepLabV3plusXception65(**ARGUMENTS)


def test_what_is_not_prepared_for_is_refused():
    changed = DeepLabV3plusXception65(**ARGUMENTS)
    changed.aspp.conv1x1.activ = np.tanh
    with pytest.raises(TypeError, match='expected ReLU or no activation'):
        optimize(changed)
