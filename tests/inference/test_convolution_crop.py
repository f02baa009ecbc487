"""Tiles as arrays."""

import numpy as np
import pytest

from chainercv_seg.inference import convolution_crop

SIZES = [
    ((50, 70), (20, 30), (14, 20)),
    ((33, 90), (40, 40), (27, 27)),
    ((5, 90), (40, 40), (9, 9)),
]


@pytest.mark.parametrize(('shape', 'size', 'stride'), SIZES)
def test_the_image_can_be_put_together_again(shape, size, stride):
    img = np.random.default_rng(0).random((3, *shape), dtype='f')
    tiles, param = convolution_crop(img, size, stride, return_param=True)
    assert tiles.shape[1:] == (3, *size)
    out = np.zeros_like(img)
    for i, tile in enumerate(tiles):
        inside = tile[:, param['crop_y_slices'][i], param['crop_x_slices'][i]]
        part = img[:, param['y_slices'][i], param['x_slices'][i]]
        np.testing.assert_array_equal(inside, part)
        out[:, param['y_slices'][i], param['x_slices'][i]] = inside
        assert tile.sum(dtype=float) == pytest.approx(part.sum(dtype=float))  # zeros elsewhere
    np.testing.assert_array_equal(out, img)


def test_the_slices_are_chainercvs():
    _, param = convolution_crop(np.zeros((3, 33, 90), 'f'), (40, 40), (27, 27), return_param=True)
    assert param == {
        'y_slices': [slice(0, 33)] * 3,
        'x_slices': [slice(0, 38), slice(25, 65), slice(52, 90)],
        'crop_y_slices': [slice(4, 37)] * 3,
        'crop_x_slices': [slice(2, 40), slice(0, 40), slice(0, 38)],
    }


def test_the_type_is_kept():
    tiles = convolution_crop(np.zeros((1, 9, 9), np.int32), (4, 4), (4, 4))
    assert tiles.dtype == np.int32
