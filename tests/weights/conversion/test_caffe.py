import numpy as np
import pytest

from chainercv_seg.utils.errors import WeightsError
from chainercv_seg.weights.conversion import read_caffemodel
from tests.weights.conversion.files import caffemodel, field

W = np.arange(24, dtype=np.float32).reshape(4, 2, 3, 1) / 7
B = np.arange(4, dtype=np.float32)


@pytest.mark.parametrize('options', [{}, {'legacy': True}, {'packed': False}, {'version': 1}])
def test_arrays_are_read_by_layer_and_number(tmp_path, options):
    path = tmp_path / 'net.caffemodel'
    path.write_bytes(caffemodel({'data': [], 'conv': [W, B], 'conv/bn': [B]}, **options))
    arrays = read_caffemodel(path)
    assert list(arrays) == ['conv/0', 'conv/1', 'conv/bn/0']
    np.testing.assert_array_equal(arrays['conv/0'], W)
    bias = arrays['conv/1']
    assert bias.dtype == np.float32
    assert bias.shape == ((1, 1, 1, 4) if options.get('legacy') else (4,))
    np.testing.assert_array_equal(bias.ravel(), B)


@pytest.mark.parametrize(
    ('data', 'message'),
    [
        (b'<!DOCTYPE html><html>not found</html>', 'is not a model of Caffe, or is cut short'),
        (caffemodel({'conv': [W]})[:-5], 'is not a model of Caffe, or is cut short'),
        (b'', 'holds no layer with weights'),
        (caffemodel({'data': []}), 'holds no layer with weights'),
        (
            field(100, field(1, 'c') + field(7, field(7, field(1, 5)) + field(5, bytes(8)))),
            r'c/0 in .* holds 2 numbers for the shape \(5,\)',
        ),
    ],
)
def test_broken_files_are_errors_that_name_them(tmp_path, data, message):
    path = tmp_path / 'net.caffemodel'
    path.write_bytes(data)
    with pytest.raises(WeightsError, match=message) as error:
        read_caffemodel(path)
    assert 'net.caffemodel' in str(error.value)


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(WeightsError, match='cannot be read: No such file'):
        read_caffemodel(tmp_path / 'no.caffemodel')
