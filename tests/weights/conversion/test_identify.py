import numpy as np
import pytest

from chainercv_seg.utils.errors import WeightsError
from chainercv_seg.weights.conversion.identify import identify
from chainercv_seg.weights.conversion.source import Known
from tests.weights.conversion.files import caffemodel, frozen_graph


@pytest.mark.parametrize(
    ('name', 'content', 'said'),
    [
        ('page.caffemodel', b'<html>404</html>', 'looks like a web page or XML'),
        ('w.caffemodel', b'layer { name: "a" }', 'looks like text'),
        ('w.h5', b'\x89HDF\r\n\x1a\n0000', 'looks like a HDF5 file'),
        ('w.pb', caffemodel({'fc8': [np.zeros(2)]}), 'a network for ImageNet'),
        ('w.caffemodel', frozen_graph({'MobilenetV2/a/weights': np.zeros(2)}), 'on a MobileNet'),
        ('w.pth', b'<html>404</html>', 'it looks like a web page'),
        ('w.caffemodel', b'', r'w\.caffemodel is empty'),
        ('w.bin', b'\x00\x01\x02' * 9, 'w.bin'),
    ],
)
def test_what_a_file_is_is_told_by_its_content(tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(WeightsError, match=said):
        identify(tmp_path / name, Known())


def test_a_file_of_numpy_needs_no_conversion(tmp_path):
    np.savez(tmp_path / 'w.npz', **{'conv1/W': np.zeros(3)})
    with pytest.raises(WeightsError, match='need no conversion'):
        identify(tmp_path / 'w.npz', Known())


def test_a_missing_file_is_one_error(tmp_path):
    with pytest.raises(WeightsError, match='cannot be read: No such file'):
        identify(tmp_path / 'w.caffemodel', Known())
