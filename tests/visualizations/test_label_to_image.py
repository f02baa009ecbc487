"""Label maps as images."""

import numpy as np
import pytest

from chainercv_seg.utils import write_image
from chainercv_seg.visualizations import label_to_image

LABEL = np.array([[0, 1, -1], [2, 2, 0]], dtype=np.int32)
COLORS = [(1, 2, 3), (40, 50, 60), (255, 0, 9)]


def test_each_pixel_has_the_colour_of_its_class():
    img = label_to_image(LABEL, COLORS, ignore_label_color=(7, 8, 9))
    assert img.dtype == np.uint8
    expected = [[COLORS[0], COLORS[1], (7, 8, 9)], [COLORS[2], COLORS[2], COLORS[0]]]
    np.testing.assert_array_equal(img.transpose(1, 2, 0), expected)


def test_the_default_palette_is_pascal_vocs():
    img = label_to_image(LABEL)
    np.testing.assert_array_equal(img[:, 0, 1], (128, 0, 0))
    np.testing.assert_array_equal(img[:, 1, 0], (0, 128, 0))
    np.testing.assert_array_equal(img[:, 0, 2], (0, 0, 0))


@pytest.mark.parametrize('dtype', [np.uint8, np.int8, np.int64])
def test_any_integer_type_will_do(dtype):
    label = np.array([[0, 2]], dtype=dtype)
    np.testing.assert_array_equal(label_to_image(label, COLORS)[:, 0, 1], COLORS[2])


def test_a_map_of_ignored_pixels_only_will_do():
    label = np.full((2, 3), -1, np.int32)
    assert np.all(label_to_image(label, ignore_label_color=(5, 5, 5)) == 5)


def test_the_image_can_be_written(tmp_path):
    write_image(label_to_image(LABEL, COLORS), tmp_path / 'label.png')


@pytest.mark.parametrize(
    ('label', 'message'),
    [
        (np.array([[0, 3]]), 'holds the class 3, but label_colors only the classes 0 to 2$'),
        (np.array([[0, 255]]), 'is 255 void, which should be -1'),
        (np.array([0, 1]), r'must be an array \(H, W\); found shape \(2,\)'),
        (np.array([[0.0, 1]]), 'of float64'),
    ],
)
def test_what_has_no_colour_is_refused(label, message):
    with pytest.raises(ValueError, match=message):
        label_to_image(label, COLORS)


@pytest.mark.parametrize('label', [None, 3, 'a', [[0, 1]], {}])
def test_a_label_map_is_an_array(label):
    with pytest.raises(ValueError, match=r'label must be an array \(H, W\); found a'):
        label_to_image(label)
