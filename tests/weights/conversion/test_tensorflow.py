import re
import tracemalloc

import numpy as np
import pytest

from chainercv_seg.utils.errors import WeightsError
from chainercv_seg.weights.conversion import read_frozen_graph
from tests.weights.conversion.files import const, field, frozen_graph, scalar, tensor, varint

W = np.arange(24, dtype='<f4').reshape(3, 1, 2, 4) / 7


def read(tmp_path, data):
    path = tmp_path / 'graph.pb'
    path.write_bytes(data)
    return read_frozen_graph(path)


def test_constants_are_read_by_the_name_of_their_node(tmp_path):
    arrays = read(tmp_path, frozen_graph({'conv/weights': W, 'conv/biases': W[0, 0, 0]}))
    assert list(arrays) == ['conv/weights', 'conv/biases']
    np.testing.assert_array_equal(arrays['conv/weights'], W)


def test_every_way_to_write_numbers_is_read_and_integers_are_not(tmp_path):
    shape = field(2, field(2, field(1, 3)))
    halves = np.array([0.5, -2], '<f2').view('<u2')
    data = b''.join(
        [
            const('half', tensor(W.astype('<f2'), dtype=19)),
            const('double', tensor(W.astype('<f8'), dtype=2)),
            const('scalar', scalar(0.25)),
            const('integers', tensor(np.arange(3, dtype='<i4'), dtype=3)),
            # The last number stands for what is left out.
            const('halves', field(1, 19) + shape + b''.join(field(13, int(h)) for h in halves)),
        ]
    )
    arrays = read(tmp_path, data)
    assert list(arrays) == ['half', 'double', 'scalar', 'halves']
    np.testing.assert_allclose(arrays['half'], W, rtol=1e-3)
    np.testing.assert_array_equal(arrays['double'], W)
    assert arrays['scalar'].shape == ()
    assert arrays['scalar'] == 0.25
    assert arrays['halves'].tolist() == [0.5, -2, -2]
    assert {array.dtype for array in arrays.values()} == {np.dtype(np.float32)}


@pytest.mark.parametrize(
    ('data', 'message'),
    [
        (b'<html>404</html>', 'is not a frozen graph of TensorFlow, or is cut short'),
        (frozen_graph({'w': W})[:-9], 'is not a frozen graph of TensorFlow, or is cut short'),
        (b'', 'holds no constants'),
        (const('w', field(1, 1) + field(2, field(2, field(1, 9))) + field(4, bytes(8))),
         r'w in .* holds 8 bytes for the shape \(9,\)'),
        (const('w', field(1, 1) + field(2, field(2, field(1, 9)))),
         r'w in .* holds 0 numbers for the shape \(9,\)'),
    ],
)  # fmt: skip
def test_broken_files_are_errors_that_name_them(tmp_path, data, message):
    with pytest.raises(WeightsError, match=message) as error:
        read(tmp_path, data)
    assert 'graph.pb' in str(error.value)


def shaped(*sizes, numbers=1, name='w'):
    """A constant of a shape, with some of its numbers."""
    dims = b''.join(field(2, field(1, n % 2**64)) for n in sizes)
    return const(name, field(1, 1) + field(2, dims) + field(5, bytes(4 * numbers)))


def test_numbers_left_out_at_the_end_are_those_before(tmp_path):
    assert read(tmp_path, shaped(3, 4))['w'].tolist() == [[0] * 4] * 3
    assert read(tmp_path, shaped(3, 4, numbers=5))['w'].shape == (3, 4)
    assert read(tmp_path, shaped(0, numbers=0))['w'].shape == (0,)


def test_bfloat16_is_read_packed_and_as_bytes(tmp_path):
    shape = field(2, field(2, field(1, 2)))
    packed = field(13, varint(0x3FC0) + varint(0xC000))
    content = field(4, b'\xc0\x3f\x00\xc0')
    for values in (packed, content):
        assert read(tmp_path, const('w', field(1, 14) + shape + values))['w'].tolist() == [1.5, -2]


@pytest.mark.parametrize(
    ('data', 'cause'),
    [
        (shaped(-5), 'w in .* has a shape that no array has: (-5,)'),
        (shaped(*[1] * 40), 'w in .* has a shape that no array has: (1, 1, 1, 1, 1, 1, ...)'),
        (shaped(30000, 20000), 'w in .* holds 1 numbers, and asks for 600000000'),
        (shaped(2**62, 2**62), 'holds 1 numbers, and asks for'),
        (shaped(2**23, numbers=2), 'holds 2 numbers, and asks for 8388608'),
        (
            b''.join(shaped(2**21, numbers=2, name=str(i)) for i in range(50)),
            'asks for more numbers than',
        ),
        (shaped(numbers=2), 'w in .* holds 2 numbers for the shape ()'),
        (shaped(2) + shaped(2), 'holds w twice'),
        (const('w', field(1, 1) + field(5, bytes(6))), 'holds a part of a number'),
        (b'\x0b' * 99, 'is not a frozen graph of TensorFlow, or is cut short'),  # a group
        (b'\x0a' + b'\xff' * 12, 'is not a frozen graph of TensorFlow, or is cut short'),
        (b'\x0a' + b'\xff' * 9 + b'\x01', 'is not a frozen graph of TensorFlow, or is cut short'),
        (b'\x89HDF\r\n\x1a\n' + bytes(99), 'it looks like a HDF5 file'),
        (b'PK\x03\x04' + bytes(99), 'it looks like a zip archive'),
        (b'node {\n  name: "w"\n}\n', 'it looks like text'),
    ],
)
def test_hostile_files_are_one_line_and_take_no_memory(tmp_path, data, cause):
    tracemalloc.start()
    with pytest.raises(WeightsError) as error:
        read(tmp_path, data)
    assert tracemalloc.get_traced_memory()[1] < 100e6
    tracemalloc.stop()
    message = str(error.value)
    assert re.search('.*'.join(map(re.escape, cause.split('.*'))), message)
    assert 'graph.pb' in message
    assert message.isprintable()


def test_names_are_shown_whatever_they_are(tmp_path):
    data = shaped(2, name=b'\xffw\x1b[31m') + shaped(2, name='n' * 999)
    names = list(read(tmp_path, data))
    assert names == ['\\xffw\\x1b[31m', 'n' * 200 + '...']


def test_a_file_cut_anywhere_and_one_with_any_bit_turned_is_an_error_or_sound(tmp_path):
    data = frozen_graph({'w': W[:1, :, :1]})
    for at in range(len(data)):
        damaged = bytearray(data)
        damaged[at] ^= 1 << at % 8
        for content in (data[:at], bytes(damaged)):
            try:
                arrays = read(tmp_path, content)
            except WeightsError:
                continue
            assert all(array.dtype == np.float32 for array in arrays.values())


def test_numbers_are_encoded_as_the_format_says():
    assert varint(300) == b'\xac\x02'  # the example of the format's description
