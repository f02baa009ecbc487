"""Fitting into a canvas."""

import numpy as np
import pytest

from chainercv_seg.transforms import resize, resize_contain

IMG = np.arange(24, dtype='f').reshape(2, 3, 4)


@pytest.mark.parametrize(
    ('size', 'y_offset', 'x_offset', 'scaled_size'),
    [
        ((5, 9), 1, 2, (3, 4)),  # what ChainerCV gives
        ((2, 9), 0, 3, (2, 2)),
        ((2, 3), 0, 0, (2, 2)),
        ((9, 2), 4, 0, (1, 2)),
        ((9, 1), 4, 0, (1, 1)),  # ChainerCV fails: no pixel high
    ],
)
def test_the_image_lies_where_chainercv_puts_it(size, y_offset, x_offset, scaled_size):
    out, param = resize_contain(IMG, size, fill=(-1, -2), return_param=True)
    assert param == {'y_offset': y_offset, 'x_offset': x_offset, 'scaled_size': scaled_size}
    expected = np.empty((2, *size), 'f')
    expected[0], expected[1] = -1, -2
    height, width = scaled_size
    inside = IMG if scaled_size == (3, 4) else resize(IMG, scaled_size)
    expected[:, y_offset : y_offset + height, x_offset : x_offset + width] = inside
    np.testing.assert_array_equal(out, expected)


def test_an_image_is_never_enlarged():
    out, param = resize_contain(IMG, (30, 40), return_param=True)
    assert param['scaled_size'] == (3, 4)
    assert np.count_nonzero(out) == np.count_nonzero(IMG)


def test_the_input_is_not_written_to():
    img = IMG.copy()
    resize_contain(img, (3, 4))[...] = 0
    np.testing.assert_array_equal(img, IMG)
