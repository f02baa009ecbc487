import numpy as np

from chainercv_seg.links import SegNetBasic
from chainercv_seg.prepared.segnet import write_segnet
from tests.prepared.prepared_contract import PreparedContract


class TestSegNet(PreparedContract):
    sizes = [(45, 58), (48, 64), (90, 33), (16, 17), (1, 1)]  # noqa: RUF012
    images = [(45, 58), (32, 48)]  # noqa: RUF012
    settings = {'batchsize': 2}  # noqa: RUF012
    write = staticmethod(write_segnet)

    @staticmethod
    def build():
        return SegNetBasic(5)

    @staticmethod
    def image(height, width):
        """Noise: on flat patches rounding decides which of equals pooling takes."""
        return np.random.RandomState(1).uniform(0, 255, (3, height, width)).astype('f')
