"""Random cropping to a random size."""

import random

import numpy as np

from chainercv_seg.transforms import random_sized_crop

IMG = np.arange(3 * 40 * 60).reshape(3, 40, 60)

#: What ChainerCV 0.13.1 draws with seed 11.
GOLDEN = {
    'y_slice': slice(0, 39),
    'x_slice': slice(16, 54),
    'scale_ratio': 0.6203940425419052,
    'aspect_ratio': 1.0216292075582012,
}
GOLDEN_NARROW = {
    'y_slice': slice(163, 171),
    'x_slice': slice(0, 9),
    'scale_ratio': 0.04409048231988343,
    'aspect_ratio': 0.9797884959974096,
}


def test_the_draws_are_chainercvs():
    random.seed(11)
    _, param = random_sized_crop(IMG, return_param=True)
    assert param == GOLDEN
    random.seed(11)
    _, param = random_sized_crop(np.zeros((3, 200, 9)), (0.9, 1), return_param=True)
    assert param == GOLDEN_NARROW


def test_the_part_has_the_drawn_size_and_place():
    random.seed(0)
    for _ in range(200):
        part, param = random_sized_crop(IMG, return_param=True)
        np.testing.assert_array_equal(part, IMG[:, param['y_slice'], param['x_slice']])
        area = param['scale_ratio'] * 40 * 60
        assert part.shape[1] == int(np.sqrt(area * param['aspect_ratio']))
        assert part.shape[2] == int(np.sqrt(area / param['aspect_ratio']))
        assert 0.08 <= param['scale_ratio'] <= 1
        assert 3 / 4 <= param['aspect_ratio'] <= 4 / 3


def test_a_part_is_never_empty_and_never_leaves_the_image():
    random.seed(0)
    for H, W in [(1, 1), (1, 50), (50, 1), (2, 3)]:
        for _ in range(50):
            part = random_sized_crop(np.zeros((3, H, W)))
            assert 1 <= part.shape[1] <= H
            assert 1 <= part.shape[2] <= W
