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


def test_numbers_are_encoded_as_the_format_says():
    assert varint(300) == b'\xac\x02'  # the example of the format's description
