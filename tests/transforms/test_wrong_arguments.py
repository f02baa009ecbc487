"""What is no image, or no size, is refused by name, and not by what NumPy or Python runs into."""

from functools import partial

import numpy as np
import pytest

from chainercv_seg import transforms

IMG = np.zeros((3, 8, 8), np.float32)
ON_IMAGES = {
    'flip': transforms.flip,
    'random_crop': partial(transforms.random_crop, size=(4, 4)),
    'random_flip': transforms.random_flip,
    'random_sized_crop': transforms.random_sized_crop,
    'resize': partial(transforms.resize, size=(4, 4)),
    'resize_contain': partial(transforms.resize_contain, size=(4, 4)),
    'scale': partial(transforms.scale, size=4),
}


def test_every_transform_is_tried():
    assert {*ON_IMAGES, 'resize_backend'} == set(transforms.__all__)


@pytest.mark.parametrize('value', [None, 3, 'img.png', [[0]], {}, IMG[0], IMG[None], IMG.tolist()])
@pytest.mark.parametrize('name', ON_IMAGES)
def test_an_image_is_an_array(name, value):
    with pytest.raises(ValueError, match=r'img must be an array \(C, H, W\); found'):
        ON_IMAGES[name](value)


@pytest.mark.parametrize('value', ['', 'ab', (), (4,), (4, 4, 4), (0, 4), (-1, 4), 2.5, None, {}])
@pytest.mark.parametrize('name', ['random_crop', 'resize_contain'])
def test_a_size_is_two_positive_integers(name, value):
    with pytest.raises(ValueError, match='size must be'):
        getattr(transforms, name)(IMG, value)


@pytest.mark.parametrize('value', [0, -1, 2.5, np.inf, '4', None, (4, 4)])
def test_an_edge_is_a_positive_integer(value):
    with pytest.raises(ValueError, match='size must be a positive integer, but got'):
        transforms.scale(IMG, value)


@pytest.mark.parametrize('name', ['resize', 'resize_contain', 'scale'])
def test_an_image_without_pixels_is_refused(name):
    with pytest.raises(ValueError, match=r'found .*shape \(3, 0, 8\)'):
        ON_IMAGES[name](IMG[:, :0])
