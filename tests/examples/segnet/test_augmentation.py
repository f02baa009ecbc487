import random

import numpy as np
import pytest

from chainercv_seg.utils import DatasetError


@pytest.fixture
def augmentation():
    from augmentation import Augmentation

    return Augmentation


@pytest.mark.parametrize('crop_size', [(16, 24), (40, 48), (64, 96)])
def test_the_result_has_the_size_asked_for_even_where_the_image_is_smaller(
    augmentation, sample, crop_size
):
    for seed in range(5):
        random.seed(seed)
        img, label = augmentation(crop_size, (0.5, 2.0), 0.3)(sample)
        assert (img.shape, img.dtype) == ((3, *crop_size), np.float32)
        assert (label.shape, label.dtype) == (crop_size, np.int32)
        assert 0 <= img.min() <= img.max() <= 255


def test_image_and_label_map_stay_together(augmentation, sample):
    for seed in range(10):
        random.seed(seed)
        img, label = augmentation((24, 32), (0.7, 1.5))(sample)
        # Away from the borders of the blocks, where the image is interpolated.
        assert np.mean(np.abs(img[0] - (label * 8 + 8)) < 1) > 0.6


def test_without_scale_and_jitter_it_only_crops_and_flips(augmentation, sample):
    random.seed(0)
    img, label = augmentation((16, 16))(sample)
    np.testing.assert_allclose(img[0], label * 8 + 8, atol=1e-3)
    np.testing.assert_allclose(img[1], 90, atol=1e-3)


def test_the_same_seed_gives_the_same_result(augmentation, sample):
    results = []
    for _ in range(2):
        random.seed(3)
        results.append(augmentation((16, 24), (0.5, 2.0), 0.3)(sample))
    np.testing.assert_array_equal(results[0][0], results[1][0])
    np.testing.assert_array_equal(results[0][1], results[1][1])


def test_the_sample_itself_is_left_alone(augmentation, sample):
    img, label = (part.copy() for part in sample)
    random.seed(0)
    augmentation((16, 24), (0.5, 2.0), 0.3)(sample)
    np.testing.assert_array_equal(sample[0], img)
    np.testing.assert_array_equal(sample[1], label)


def test_an_image_and_a_label_map_of_another_size_are_refused(sample, augmentation):
    img, label = sample
    for wrong in (label[1:], label[:, :-3], label.T):
        with pytest.raises(DatasetError, match=r'the image is .* must be equal'):
            augmentation((16, 16))((img, wrong))
