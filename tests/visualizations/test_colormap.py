"""PASCAL VOC's palette."""

import numpy as np

from chainercv_seg.datasets import voc_semantic_segmentation_label_colors
from chainercv_seg.visualizations.colormap import voc_colormap


def test_the_colours_are_those_of_the_data_set():
    np.testing.assert_array_equal(voc_colormap(range(21)), voc_semantic_segmentation_label_colors)


def test_no_two_classes_share_a_colour():
    colors = voc_colormap(range(256))
    assert colors.dtype == np.uint8
    assert len(np.unique(colors, axis=0)) == 256


def test_void_is_the_off_white_of_the_label_files():
    np.testing.assert_array_equal(voc_colormap([255]), [[224, 224, 192]])


def test_no_classes_have_no_colours():
    assert voc_colormap([]).shape == (0, 3)
