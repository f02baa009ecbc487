import unicodedata

import numpy as np
import pytest
from PIL import Image

from chainercv_seg.datasets import FolderSemanticSegmentationDataset
from chainercv_seg.utils import DatasetError

NAMES = ('a', 'b', 'c')


@pytest.fixture
def folders(tmp_path):
    images, labels = tmp_path / 'images', tmp_path / 'labels'
    images.mkdir()
    labels.mkdir()
    for i, name in enumerate(['x10', 'x9', 'x1']):
        Image.new('RGB', (3, 2), (i, 0, 0)).save(images / f'{name}.png')
        Image.fromarray(np.array([[0, 1, 2], [255, i, i]], np.uint8)).save(labels / f'{name}.png')
    (images / 'Thumbs.db').touch()
    return images, labels


def test_samples_are_paired_by_name_in_order_of_names(folders):
    dataset = FolderSemanticSegmentationDataset(*folders, NAMES)
    assert dataset.ids == ['x1', 'x10', 'x9']
    img, label = dataset[0]
    assert img.shape == (3, 2, 3)
    assert img.dtype == np.float32
    assert img[0, 0, 0] == 2
    np.testing.assert_array_equal(label, [[0, 1, 2], [-1, 2, 2]])
    assert label.dtype == np.int32
    assert dataset.sample_name(0) == str(folders[0] / 'x1.png')
    assert [path.rsplit('.')[0] for path in dataset.sample_files(0)] == [
        str(folder / 'x1') for folder in folders
    ]


def test_ids_choose_samples_and_their_order(folders):
    dataset = FolderSemanticSegmentationDataset(*folders, NAMES, ids=['x9', 'x1'])
    assert [img[0, 0, 0] for img, _ in dataset] == [1, 2]


def test_label_maps_alone_are_a_data_set(folders):
    dataset = FolderSemanticSegmentationDataset(None, folders[1], NAMES)
    assert dataset.keys == ('label',)
    assert len(dataset.slice[:, 'label'][:]) == 3


def test_another_value_can_be_void(folders):
    options = {'ignore_label': 2, 'ids': ['x10']}
    with pytest.raises(DatasetError, match=r'x10\.png holds 255, .* 0 to 1 .* 2 for void'):
        FolderSemanticSegmentationDataset(*folders, NAMES[:2], **options)
    Image.fromarray(np.array([[0, 1, 2], [2, 0, 0]], np.uint8)).save(folders[1] / 'x10.png')
    dataset = FolderSemanticSegmentationDataset(*folders, NAMES[:2], **options)
    np.testing.assert_array_equal(dataset[0][1], [[0, 1, -1], [-1, 0, 0]])
    with pytest.raises(ValueError, match='no value may stand for two things'):
        FolderSemanticSegmentationDataset(*folders, NAMES, ignore_label=2)


@pytest.mark.parametrize('which', [0, 1])
def test_an_image_or_a_label_map_without_its_counterpart_is_named(folders, which):
    (folders[which] / 'x9.png').unlink()
    with pytest.raises(DatasetError, match=rf'{folders[which].name} has no file x9\.\*'):
        FolderSemanticSegmentationDataset(*folders, NAMES)
    assert len(FolderSemanticSegmentationDataset(*folders, NAMES, ids=['x1', 'x10'])) == 2


def test_two_files_of_one_name_are_named(folders):
    Image.new('L', (3, 2)).save(folders[1] / 'x1.tif')
    with pytest.raises(DatasetError, match=r'x1\.png and .*x1\.tif have one name'):
        FolderSemanticSegmentationDataset(*folders, NAMES)


def test_a_missing_or_empty_folder_is_named(folders, tmp_path):
    with pytest.raises(DatasetError, match='none: expected a folder, found none'):
        FolderSemanticSegmentationDataset(tmp_path / 'none', folders[1], NAMES)
    (tmp_path / 'empty').mkdir()
    with pytest.raises(DatasetError, match='empty: expected files that end in'):
        FolderSemanticSegmentationDataset(folders[0], tmp_path / 'empty', NAMES)


def test_label_maps_are_looked_into_before_the_first_sample(folders):
    Image.new('RGB', (3, 2)).save(folders[1] / 'x1.png')
    with pytest.raises(DatasetError, match=r'x1\.png .* RGB labels\. Either .*, or give other'):
        FolderSemanticSegmentationDataset(*folders, NAMES)


def test_files_that_macos_leaves_behind_are_passed_over(folders):
    for folder in folders:
        (folder / '._x1.png').write_bytes(b'Mac OS X')
    assert len(FolderSemanticSegmentationDataset(*folders, NAMES)) == 3


def test_names_with_dots_and_in_another_form_of_unicode_are_paired(tmp_path):
    names = ['cam1.0001', 'cam1.0002', 'x.tar', '\u00e9']
    for folder in ('images', 'labels'):
        (tmp_path / folder).mkdir()
        for i, name in enumerate(names):
            name = unicodedata.normalize('NFD' if folder == 'images' else 'NFC', name)
            Image.new('L', (i + 1, 2)).save(tmp_path / folder / f'{name}.png')
    (tmp_path / 'images/._cam1.0001.png').write_bytes(b'\0\5\26\7Mac OS X')
    folders = (tmp_path / 'images', tmp_path / 'labels')
    dataset = FolderSemanticSegmentationDataset(*folders, NAMES)
    assert dataset.ids == names
    assert all(img.shape[1:] == label.shape for img, label in dataset)
    chosen = FolderSemanticSegmentationDataset(*folders, NAMES, ids=['e\u0301', 'cam1.0002'])
    assert [label.shape[1] for _, label in chosen] == [4, 2]


def test_folders_below_are_read_and_label_maps_may_lie_within_the_images(folders):
    images, labels = folders
    for folder in folders:
        (folder / 'ulm' / 'day').mkdir(parents=True)
        (folder / 'x9.png').rename(folder / 'ulm' / 'day' / 'x9.png')
    (labels / '.old').mkdir()
    (labels / '.old' / 'x9.png').touch()
    assert len(FolderSemanticSegmentationDataset(images, labels, NAMES)) == 3
    labels.rename(images / 'labels')
    dataset = FolderSemanticSegmentationDataset(images, images / 'labels', NAMES)
    assert [dataset.sample_files(2)[k] for k in (0, 1)] == [
        str(folder / 'ulm/day/x9.png') for folder in (images, images / 'labels')
    ]
    (images / 'labels').rename(labels)
    images.rename(labels / 'images')
    assert len(FolderSemanticSegmentationDataset(labels / 'images', labels, NAMES)) == 3


def test_label_maps_are_of_the_types_that_predictions_are_of(folders):
    _, labels = folders
    values = np.asarray(Image.open(labels / 'x10.png'))
    for name, suffix in (('x10', 'bmp'), ('x9', 'TIF')):
        Image.open(labels / f'{name}.png').save(labels / f'{name}.{suffix}')
        (labels / f'{name}.png').unlink()
    (labels / 'x1.png').unlink()
    np.save(labels / 'x1.npy', np.array(values, np.int64))
    dataset = FolderSemanticSegmentationDataset(*folders, NAMES)
    np.testing.assert_array_equal(dataset[0][1], [[0, 1, 2], [-1, 0, 0]])
    assert dataset[0][1].dtype == np.int32
    assert [label.shape for _, label in dataset] == [(2, 3)] * 3
    np.save(labels / 'x1.npy', values / 2)
    with pytest.raises(DatasetError, match=r'x1\.npy: expected an array .* of integers'):
        FolderSemanticSegmentationDataset(*folders, NAMES)


@pytest.mark.parametrize('there', ['x9_mask.png', 'x9.jpg', 'x9.txt', 'sub/X9_labels.png'])
def test_a_label_map_that_is_missing_names_what_is_there(folders, there):
    labels = folders[1]
    (labels / there).parent.mkdir(exist_ok=True)
    (labels / 'x9.png').rename(labels / there)
    ids = ['x1', 'x9', 'x10']
    with pytest.raises(DatasetError, match=rf'labels has no file x9\.\*\. There is {there}\.'):
        FolderSemanticSegmentationDataset(*folders, NAMES, ids=ids)


def test_a_folder_that_is_missing_or_without_such_files_names_what_is_there(folders, tmp_path):
    with pytest.raises(DatasetError, match=r'found none\. There are labels and images$'):
        FolderSemanticSegmentationDataset(folders[0], tmp_path / 'label', NAMES)
    (tmp_path / 'other').mkdir()
    (tmp_path / 'other' / 'a.jpg').touch()
    with pytest.raises(DatasetError, match=r'found none\. There is a\.jpg$'):
        FolderSemanticSegmentationDataset(folders[0], tmp_path / 'other', NAMES)
