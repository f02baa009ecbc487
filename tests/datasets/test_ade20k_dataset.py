import os
import unicodedata

import numpy as np
import pytest
from PIL import Image

from chainercv_seg import utils
from chainercv_seg.datasets import (
    ADE20KSemanticSegmentationDataset,
    ADE20KTestImageDataset,
    ade20k_semantic_segmentation_label_names,
    label_check,
)
from chainercv_seg.utils import DatasetError, assert_is_semantic_segmentation_dataset
from tests.fake_data import write_ade20k

ROOT = 'ADEChallengeData2016'


@pytest.fixture
def folder(tmp_path):
    return write_ade20k(tmp_path)


@pytest.mark.parametrize(('split', 'name'), [('train', 'training'), ('val', 'validation')])
def test_samples_are_images_and_labels_in_the_order_of_names(folder, split, name):
    dataset = ADE20KSemanticSegmentationDataset(folder, split)
    assert len(dataset) == 3
    assert_is_semantic_segmentation_dataset(dataset, len(ade20k_semantic_segmentation_label_names))
    assert dataset.sample_files(1) == (
        str(folder / ROOT / 'images' / name / f'ADE_{split}_00000002.jpg'),
        str(folder / ROOT / 'annotations' / name / f'ADE_{split}_00000002.png'),
    )
    assert dataset[1][1].shape == (19, 27)


def test_0_is_void_and_classes_are_one_less(folder):
    dataset = ADE20KSemanticSegmentationDataset(folder, 'val')
    stored = np.array(Image.open(dataset.label_paths[0])).astype(int)
    assert (stored == 0).any()
    np.testing.assert_array_equal(dataset[0][1], stored - 1)


def test_test_samples_are_bare_images(folder):
    dataset = ADE20KTestImageDataset(folder)
    assert dataset.keys == 'img'
    assert [img.shape for img in dataset] == [(3, 24, 32), (3, 19, 27), (3, 32, 20)]
    assert dataset.sample_name(0) == str(folder / 'release_test/testing/ADE_test_00000001.jpg')


def test_an_unknown_split_is_refused(folder):
    with pytest.raises(ValueError, match='ADE20KTestImageDataset'):
        ADE20KSemanticSegmentationDataset(folder, 'test')


def test_each_archive_is_fetched_where_its_part_is_missing(cache_folder, monkeypatch):
    calls = []

    def fetch(urls, target, *, expected, **_):
        if all((target / path).exists() for path in expected):
            return
        calls.append(urls[0].rpartition('/')[2])
        write_ade20k(target, splits=('test',) if 'release_test' in urls[0] else ('train', 'val'))
        assert all((target / path).exists() for path in expected)

    monkeypatch.setattr(utils, 'fetch_archive', fetch)
    name = ''.join(['au', 'to'])  # equal, not identical
    for _ in range(2):
        assert len(ADE20KSemanticSegmentationDataset(name, 'val')) == 3
        assert len(ADE20KTestImageDataset(name)) == 3
    assert calls == ['ADEChallengeData2016.zip', 'release_test.zip']
    folder = cache_folder.parent / 'ade20k'
    assert ADE20KTestImageDataset().img_paths[0].startswith(str(folder))


def error_of(folder, split='val'):
    with pytest.raises(DatasetError) as error:
        ADE20KSemanticSegmentationDataset(folder, split)
    message = str(error.value)
    assert 'Either ' in message
    assert ', or ' in message
    return message


def test_mistakes_in_the_layout_are_recognised_by_name(folder, tmp_path):
    assert 'one folder too deep' in error_of(folder / ROOT)
    (tmp_path / 'up').mkdir()
    (folder / ROOT).rename(tmp_path / 'up' / ROOT)
    message = error_of(tmp_path)
    assert 'one folder too shallow' in message
    assert f'give {tmp_path / "up"} as data_dir' in message
    (tmp_path / 'new').mkdir()
    (tmp_path / 'new' / f'{ROOT}.zip').touch()
    assert f'{ROOT}.zip is not extracted' in error_of(tmp_path / 'new')
    with pytest.raises(DatasetError, match=r'release_test/testing.*http.*release_test\.zip'):
        ADE20KTestImageDataset(tmp_path / 'new')


def test_images_and_labels_are_paired_by_name(folder):
    (folder / ROOT / 'annotations/validation/ADE_val_00000002.png').unlink()
    assert 'none of ADE_val_00000002.jpg: of 3 images 1 have no label map' in error_of(folder)
    (folder / ROOT / 'images/validation/ADE_val_00000002.jpg').unlink()
    assert len(ADE20KSemanticSegmentationDataset(folder, 'val')) == 2
    (folder / ROOT / 'images/validation/ADE_val_00000001.jpg').unlink()
    assert 'none of ADE_val_00000001.png: of 2 label maps 1 have no image' in error_of(folder)


def test_labels_that_start_from_0_are_recognised(folder):
    path = folder / ROOT / 'annotations/validation/ADE_val_00000003.png'
    Image.fromarray(np.array([[0, 149, 255]], np.uint8)).save(path)
    assert 'ADE_val_00000003.png holds 255' in error_of(folder)
    assert 'where the values of the benchmark are expected' in error_of(folder)


@pytest.mark.slow
def test_20210_images_are_paired_with_a_look_into_three_label_maps_and_reported_as_complete(
    folder, caplog, monkeypatch
):
    for kind, suffix in (('images', 'jpg'), ('annotations', 'png')):
        files = folder / ROOT / kind / 'training'
        for i in range(4, 20211):
            name = f'ADE_train_00000001.{suffix}'
            os.link(files / name, files / f'ADE_train_{i:08}.{suffix}')
    read, listed, listdir = [], [], os.listdir
    monkeypatch.setattr(
        label_check, 'read_label_file', lambda path: read.append(path) or utils.read_label(path)
    )
    monkeypatch.setattr(os, 'listdir', lambda path: listed.append(path) or listdir(path))
    dataset = ADE20KSemanticSegmentationDataset(folder)
    assert len(dataset) == 20210
    assert len(read) == 3
    assert len(listed) < 10  # of the folders, not of the files
    assert caplog.records == []


def test_names_are_paired_in_any_form_of_unicode_and_with_dots(tmp_path):
    folder = write_ade20k(tmp_path, splits=('val',)) / 'ADEChallengeData2016'
    images, labels = folder / 'images/validation', folder / 'annotations/validation'
    for old, new in (('ADE_val_00000001', 'caf\u00e9.1'), ('ADE_val_00000002', 'caf\u00e9.2')):
        (images / f'{old}.jpg').rename(images / f'{new}.jpg')
        (labels / f'{old}.png').rename(labels / f'{unicodedata.normalize("NFD", new)}.png')
    dataset = ADE20KSemanticSegmentationDataset(tmp_path, 'val')
    assert len(dataset) == 3
    assert all(img.shape[1:] == label.shape for img, label in dataset)
