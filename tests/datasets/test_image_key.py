from pathlib import Path

import pytest

from chainercv_seg.datasets.image_key import cityscapes_image_key, image_key


@pytest.mark.parametrize(
    ('name', 'key'),
    [
        ('a.png', 'a'),
        ('folder.d/a.PNG', 'a'),
        ('a', 'a'),
        ('cam1.0001', 'cam1.0001'),
        ('cam1.0001.jpg', 'cam1.0001'),
        ('x.tar.png', 'x.tar'),
        ('v1.2.npy', 'v1.2'),
        ('.png', '.png'),
        ('sample 3', 'sample 3'),
        ('e\u0301.tif', 'e\u0301'),
    ],
)
def test_only_the_suffixes_of_images_and_label_maps_are_left_out(name, key):
    assert image_key(name) == image_key(Path(name)) == key


@pytest.mark.parametrize(
    'name', ['ulm_000001_000019.0_pred.png', 'ulm_000001_000019.0', 'ulm_000001_000019.0.npy']
)
def test_cityscapes_frames_keep_their_dots(name):
    assert cityscapes_image_key(name).startswith('ulm_000001_000019.0')
