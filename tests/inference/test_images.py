"""Checking of images."""

import numpy as np
import pytest

from chainercv_seg.inference.images import checked_images

GOOD = np.full((3, 4, 5), 200.5, 'f')


def test_float32_images_pass_as_they_are():
    (image,) = checked_images([GOOD])
    assert image is GOOD


@pytest.mark.parametrize('dtype', ['uint8', 'int32', 'int64', 'float64', 'float16', '>f4'])
def test_other_real_types_are_converted(dtype):
    (image,) = checked_images([np.full((3, 4, 5), 200, dtype)])
    assert image.dtype == np.float32
    assert image.dtype.isnative
    np.testing.assert_array_equal(image, 200)


@pytest.mark.parametrize(
    ('bad', 'message'),
    [
        (np.zeros((4, 5), 'f'), r'image 2 should have the shape \(3, H, W\), but has \(4, 5\)'),
        (np.zeros((1, 4, 5), 'f'), r'image 2 .* but has \(1, 4, 5\)'),
        (np.zeros((4, 5, 3), 'f'), r'image 2 .*: move the channels to the front'),
        (np.zeros((3, 0, 5), 'f'), r'image 2 is empty: its shape is \(3, 0, 5\)'),
        (np.zeros((3, 4, 0), 'f'), r'image 2 is empty'),
        (np.full((3, 4, 5), np.nan, 'f'), r'image 2 holds NaN or infinity'),
        (np.full((3, 4, 5), -np.inf), r'image 2 holds NaN or infinity'),
        (np.full((3, 4, 5), 1e300), r'image 2 holds NaN or infinity'),
        (np.zeros((3, 4, 5), bool), r'image 2 should hold real numbers .* type is bool'),
        (np.zeros((3, 4, 5), complex), r'image 2 should hold real numbers .* complex128'),
        ('street.png', r'image 2 should have the shape'),
    ],
)
@pytest.mark.filterwarnings('ignore:overflow')
def test_bad_images_are_named_by_their_position(bad, message):
    images = checked_images([GOOD, GOOD, bad])
    next(images)
    next(images)
    with pytest.raises(ValueError, match=message):
        next(images)


@pytest.mark.parametrize('shape', [(3, 4, 5), (4, 5)])
def test_a_single_array_is_not_taken_for_a_list(shape):
    with pytest.raises(ValueError, match=r'put a single image into a list, predict\(\[img\]\)'):
        next(checked_images(np.zeros(shape, 'f')))


def test_a_stack_of_images_is_one_input_an_image():
    assert len(list(checked_images(np.zeros((2, 3, 4, 5), 'f')))) == 2


def test_images_are_read_one_by_one():
    read = []
    images = checked_images(read.append(i) or GOOD for i in range(3))
    next(images)
    assert read == [0]
