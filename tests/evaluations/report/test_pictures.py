import base64
import io

import numpy as np
from PIL import Image

from chainercv_seg.datasets import ade20k_semantic_segmentation_label_colors
from chainercv_seg.evaluations.report import pictures
from chainercv_seg.evaluations.report.pictures import confusion_picture, swatch, worst_pictures
from chainercv_seg.evaluations.worst_images import Pictures


def decoded(uri, mode):
    head, _, data = uri.partition(',')
    assert head in ('data:image/png;base64', 'data:image/jpeg;base64')
    return np.array(Image.open(io.BytesIO(base64.b64decode(data))).convert(mode))


def test_label_maps_have_exactly_the_colours_of_the_classes():
    label = np.arange(150).reshape(10, 15)
    uris = worst_pictures(
        Pictures.of(np.zeros((3, 10, 15)), label, label[::-1]),
        0,
        ade20k_semantic_segmentation_label_colors,
    )
    colors = np.array(ade20k_semantic_segmentation_label_colors)
    np.testing.assert_array_equal(decoded(uris['truth'], 'RGB'), colors[label])
    np.testing.assert_array_equal(decoded(uris['prediction'], 'RGB'), colors[label[::-1]])


def test_the_error_map_tells_found_missed_and_claimed_apart():
    label = np.array([[1, 1, 0, 0, -1, 2]])
    pred = np.array([[1, 0, 1, 0, 1, 0]])
    uris = worst_pictures(Pictures.of(np.full((3, 1, 6), 128.0), label, pred), 1, None)
    error_map = [tuple(color) for color in decoded(uris['errors'], 'RGB')[0].tolist()]
    assert error_map[:3] == [pictures.RIGHT, pictures.MISSED, pictures.CLAIMED]
    assert error_map[4] == (0, 0, 0)  # void counts nowhere
    assert error_map[3] == error_map[5]
    assert len(set(error_map[3])) == 1  # grey: not about this class


def test_confusion_is_blue_where_right_and_orange_where_wrong():
    picture = decoded(confusion_picture(np.array([[1, 0, 0], [0.25, 0.75, 0]])), 'RGBA')
    assert picture.shape == (2, 3, 4)
    assert tuple(picture[0, 0]) == (*pictures.RIGHT, 255)
    assert tuple(picture[1, 0]) == (*pictures.MISSED, 128)
    assert picture[0, 1, 3] == picture[1, 2, 3] == 0


def test_swatches_have_the_colour_of_the_class_or_vocs():
    assert 'rgb(1,2,3)' in swatch(1, [(0, 0, 0), (1, 2, 3)])
    assert 'rgb(128,0,0)' in swatch(1, None)
