import random

import numpy as np
import pytest

from chainercv_seg.utils import DatasetError

MEAN = np.array([123.0, 116.0, 103.0], np.float32)[:, None, None]


@pytest.fixture
def variation():
    from variation import Variation

    return Variation


@pytest.mark.parametrize('size', [(17, 25), (41, 49), (97, 97)])
def test_the_result_has_the_size_asked_for_even_where_the_image_is_smaller(variation, sample, size):
    for seed in range(5):
        random.seed(seed)
        img, label = variation(size, MEAN)(sample)
        assert (img.shape, img.dtype) == ((3, *size), np.float32)
        assert (label.shape, label.dtype) == (size, np.int32)
        assert set(np.unique(label)) <= set(range(-1, 30))


def test_image_and_labels_stay_together(variation, sample):
    for seed in range(10):
        random.seed(seed)
        img, label = variation((25, 33), MEAN, scales=(0.9, 2.0), radius=0.5)(sample)
        inside = label >= 0
        red = img[0] + MEAN[0]
        # Away from the borders of the blocks, where the image is interpolated.
        assert np.mean(np.abs(red - (label * 8 + 8))[inside] < 1) > 0.5


def test_beyond_the_image_lie_zero_and_void(variation, sample):
    random.seed(0)
    img, label = variation((97, 97), MEAN, scales=(1.0, 1.0), radius=0.0)(sample)
    beyond = label == -1
    assert 0.7 < beyond.mean() < 0.9  # 40 x 48 of 97 x 97 are inside
    # Rotation mixes a pixel at the border.
    assert np.mean(np.abs(img[:, beyond]) < 1) > 0.9
    assert np.abs(img[:, ~beyond]).max() > 20


def test_flips_scales_turns_and_places_differ_and_repeat_with_the_seed(variation, sample):
    random.seed(1)
    vary = variation((33, 33), MEAN)
    drawn = [vary(sample)[1].tobytes() for _ in range(20)]
    assert len(set(drawn)) == 20
    random.seed(1)
    assert [vary(sample)[1].tobytes() for _ in range(20)] == drawn


def test_a_sample_is_not_changed(variation, sample):
    before = [array.copy() for array in sample]
    random.seed(0)
    img, label = variation((25, 25), MEAN)(sample)
    img[...], label[...] = 0, 0
    for array, old in zip(sample, before, strict=True):
        np.testing.assert_array_equal(array, old)


def test_an_image_and_a_label_map_of_another_size_are_refused(sample, variation):
    img, label = sample
    for wrong in (label[1:], label[:, :-3], label.T):
        with pytest.raises(DatasetError, match=r'the image is .* must be equal'):
            variation((17, 25), MEAN)((img, wrong))
