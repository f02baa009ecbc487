import pickle

import numpy as np
import pytest
from PIL import Image

from chainercv_seg.datasets import plain_label_format
from chainercv_seg.datasets.file_dataset import FileDataset
from chainercv_seg.utils import DatasetError


@pytest.fixture
def paths(tmp_path):
    for i in range(2):
        Image.new('RGB', (3, 2), (i, 0, 0)).save(tmp_path / f'{i}.png')
        Image.fromarray(np.array([[0, 1, 2], [i, i, 255]], np.uint8)).save(tmp_path / f'{i}.tif')
    return [[tmp_path / f'{i}.{suffix}' for i in range(2)] for suffix in ('png', 'tif')]


def test_samples_are_images_and_classes(paths):
    dataset = FileDataset(*paths, label_format=plain_label_format(3))
    assert dataset.keys == ('img', 'label')
    img, label = dataset[1]
    assert (img.dtype, img.shape, img[0, 0, 0]) == (np.float32, (3, 2, 3), 1)
    assert label.dtype == np.int32
    np.testing.assert_array_equal(label, [[0, 1, 2], [1, 1, -1]])
    assert dataset.sample_name(1) == str(paths[0][1])
    assert dataset.sample_files(1) == (str(paths[0][1]), str(paths[1][1]))


def test_without_label_maps_samples_are_bare_images(paths):
    dataset = FileDataset(paths[0])
    assert dataset.keys == 'img'
    assert dataset[0].shape == (3, 2, 3)
    assert dataset.sample_files(1) == (str(paths[0][1]),)
    assert dataset.label_paths == []


def test_without_a_format_values_are_those_of_the_files(paths):
    np.testing.assert_array_equal(FileDataset(*paths)[1][1], [[0, 1, 2], [1, 1, 255]])


def test_a_value_outside_the_classes_names_the_file(paths):
    with pytest.raises(DatasetError, match=r'0\.tif holds 2'):
        FileDataset(*paths, label_format=plain_label_format(2))[0]


def test_a_data_set_can_be_sent_to_another_process(paths):
    dataset = pickle.loads(pickle.dumps(FileDataset(*paths, label_format=plain_label_format(3))))
    np.testing.assert_array_equal(dataset.slice[:, 'label'][1], [[0, 1, 2], [1, 1, -1]])


@pytest.mark.parametrize(
    ('size', 'cause'),
    [
        ((3, 1), r'must be equal$'),
        ((4, 2), r'must be equal$'),
        ((2, 3), r'must be equal. Images are turned'),
    ],
)
def test_a_label_map_of_another_size_is_refused_where_samples_are_made(paths, size, cause):
    Image.new('L', size).save(paths[1][0])
    dataset = FileDataset(*paths, label_format=plain_label_format(3))
    message = rf'0\.png: the image is \(2, 3\), .*0\.tif: they {cause}'
    for read in (
        lambda: dataset[0],
        lambda: dataset[:],
        lambda: dataset.get_example(0),
        lambda: dataset.slice[:1][0],
        lambda: dataset.slice[:, ('label', 'img')][0],
    ):
        with pytest.raises(DatasetError, match=message):
            read()
    assert dataset.slice[:, 'label'][0].shape == size[::-1]  # alone it is what it is
    assert dataset.slice[:, ('img',)][0][0].shape == (3, 2, 3)


def test_an_image_that_exif_turns_fits_a_label_map_that_is_drawn_on_it(paths):
    exif = Image.Exif()
    exif[0x112] = 6
    Image.new('RGB', (2, 3)).save(paths[0][0], exif=exif)
    img, label = FileDataset(*paths)[0]
    assert img.shape[1:] == label.shape == (2, 3)
