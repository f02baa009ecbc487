import re
import tracemalloc

import numpy as np
import pytest

from chainercv_seg.utils.errors import WeightsError
from chainercv_seg.weights.conversion import read_caffemodel
from tests.special_files import SPECIAL_FILES, make_special_file
from tests.weights.conversion.files import caffemodel, field, varint

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


def layer(shape, data, name='c', data_at=5):
    dims = field(1, b''.join(varint(n % 2**64) for n in shape))
    return field(100, field(1, name) + field(7, field(7, dims) + field(data_at, data)))


@pytest.mark.parametrize(
    ('data', 'cause'),
    [
        (layer([-5], bytes(4)), 'c/0 in .* has a shape that no array has: (-5,)'),
        (layer([1] * 40, bytes(4)), 'a shape that no array has: (1, 1, 1, 1, 1, 1, ...)'),
        (
            layer([2**62, 2**62], bytes(4)),
            'c/0 in .* holds 1 numbers for the shape (4611686018427387904, ',
        ),
        (layer([10**9], b''), 'c/0 in .* holds 0 numbers for the shape (1000000000,)'),
        (layer([2], bytes(7)), 'c/0 in .* holds 1.75 numbers for the shape (2,)'),
        (layer([], b''), 'c/0 in .* holds 0 numbers for the shape ()'),
        (layer([1], bytes(4)) * 2, 'holds c/0 twice'),
        (b'\x1f\x8b\x08' + bytes(99), 'it looks like a file compressed by gzip'),
    ],
)
def test_hostile_files_are_one_line_and_take_no_memory(tmp_path, data, cause):
    path = tmp_path / 'net.caffemodel'
    path.write_bytes(data)
    tracemalloc.start()
    with pytest.raises(WeightsError) as error:
        read_caffemodel(path)
    assert tracemalloc.get_traced_memory()[1] < 100e6
    tracemalloc.stop()
    message = str(error.value)
    assert re.search('.*'.join(map(re.escape, cause.split('.*'))), message)
    assert 'net.caffemodel' in message
    assert message.isprintable()


def test_names_are_shown_whatever_they_are_and_doubles_are_read(tmp_path):
    path = tmp_path / 'net.caffemodel'
    doubles = np.array([0.5, 1e300])
    path.write_bytes(layer([2], doubles.tobytes(), name=b'\xff\x1b[31m\n', data_at=8))
    (name, array), *others = read_caffemodel(path).items()
    assert not others
    assert name == '\\xff\\x1b[31m\\n/0'
    assert array.tolist() == [0.5, np.inf]


@pytest.mark.parametrize('kind', SPECIAL_FILES)
def test_what_is_no_regular_file_is_named(tmp_path, kind):
    path = tmp_path / 'net.caffemodel'
    make_special_file(path, kind)
    with pytest.raises(WeightsError, match=f'cannot be read: .*{SPECIAL_FILES[kind]}'):
        read_caffemodel(path)


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(WeightsError, match='cannot be read: No such file'):
        read_caffemodel(tmp_path / 'no.caffemodel')
