import hashlib

import numpy as np
import pytest

from chainercv_seg.datasets import SyntheticStreetDataset, camvid_label_names

SMALL = (90, 120)


def sha256(sample):
    img, label = sample
    digest = hashlib.sha256(img.astype(np.uint8).tobytes())
    digest.update(label.astype(np.int8).tobytes())
    return digest.hexdigest()


@pytest.mark.parametrize(
    ('split', 'index', 'size', 'expected'),
    [
        (
            'train',
            0,
            (360, 480),
            '9ff43c2fb147bb57d4b42fa1799400c3bc8e719123c0b3048ff4995ba20562c0',
        ),
        (
            'train',
            366,
            (90, 120),
            'ddc3e84c66927cccfa310b590aad93b75c19e56ecd4999e36b7442adc6104e17',
        ),
        ('val', 0, (90, 120), '4c6984d84688cf1b86496569a9505ae4c4a84fd6e9298475383331d64927b9c7'),
        (
            'test',
            232,
            (181, 97),
            '3ad0445e35e546c9ba17c3d855080286defc52909be25a3b7a03867354243f39',
        ),
    ],
)
def test_scenes_are_the_same_to_the_byte_everywhere(split, index, size, expected):
    assert sha256(SyntheticStreetDataset(split, size=size)[index]) == expected


def test_samples_have_the_shapes_types_and_ranges_that_the_class_promises():
    dataset = SyntheticStreetDataset('val', size=SMALL)
    assert dataset.keys == ('img', 'label')
    for img, label in dataset.slice[:4]:
        assert (img.shape, img.dtype) == ((3, *SMALL), np.float32)
        assert 0 <= img.min() < img.max() <= 255
        assert (label.shape, label.dtype) == (SMALL, np.int32)
        assert set(np.unique(label)) <= set(range(-1, len(camvid_label_names)))


def test_the_splits_are_as_long_as_camvids_and_share_no_scene():
    datasets = [SyntheticStreetDataset(split, size=SMALL) for split in ('train', 'val', 'test')]
    assert [len(dataset) for dataset in datasets] == [367, 101, 233]
    scenes = [sha256(dataset[i]) for dataset in datasets for i in range(5)]
    assert len(set(scenes)) == len(scenes)


def test_a_longer_set_begins_with_the_scenes_of_a_shorter_one():
    dataset = SyntheticStreetDataset('train', size=SMALL, length=400)
    assert len(dataset) == 400
    assert sha256(dataset[3]) == sha256(SyntheticStreetDataset('train', size=SMALL)[3])
    assert sha256(dataset[399]) != sha256(dataset[398])


def test_all_classes_occur_and_borders_are_void():
    counts = np.zeros(len(camvid_label_names) + 1, int)
    for _, label in SyntheticStreetDataset('train', size=(180, 240), length=30):
        counts += np.bincount(label.ravel() + 1, minlength=len(counts))
    share = counts / counts.sum()
    assert 0.01 < share[0] < 0.12
    assert (share[1:] > 0.002).all()


@pytest.mark.parametrize('size', [(1, 1), (7, 300), (300, 7), (33, 65)])
def test_any_size_can_be_drawn(size):
    for img, label in SyntheticStreetDataset('train', size=size, length=5):
        assert img.shape == (3, *size)
        assert label.shape == size


def test_a_scene_is_the_same_view_at_all_sizes_of_one_shape():
    _, large = SyntheticStreetDataset('train', size=(180, 240))[1]
    _, small = SyntheticStreetDataset('train', size=(90, 120))[1]
    shrunk = large[::2, ::2]
    known = (shrunk >= 0) & (small >= 0)
    assert (shrunk == small)[known].mean() > 0.95


def test_a_sample_is_named_by_split_and_number():
    assert SyntheticStreetDataset('val').sample_name(7) == 'synthetic_val_0007'


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        ({'split': 'trainval'}, r"split must be one of .*'trainval'"),
        ({'size': (0, 4)}, 'size must be a positive integer'),
        ({'length': 0}, 'length must be a positive integer'),
    ],
)
def test_wrong_arguments_are_errors_that_say_which(arguments, message):
    with pytest.raises(ValueError, match=message):
        SyntheticStreetDataset(**arguments)


def test_nothing_depends_on_the_global_random_state():
    dataset = SyntheticStreetDataset('train', size=SMALL)
    np.random.seed(1)
    first, state = sha256(dataset[0]), np.random.get_state()[1].tolist()
    np.random.seed(2)
    assert sha256(dataset[0]) == first
    np.random.seed(1)
    assert np.random.get_state()[1].tolist() == state
