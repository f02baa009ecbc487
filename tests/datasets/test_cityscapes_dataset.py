import numpy as np
import pytest
from PIL import Image

from chainercv_seg.datasets import (
    CityscapesSemanticSegmentationDataset,
    CityscapesTestImageDataset,
    cityscapes_semantic_segmentation_label_names,
)
from chainercv_seg.utils import DatasetError, assert_is_semantic_segmentation_dataset
from tests.fake_data import write_cityscapes


@pytest.fixture
def folder(tmp_path):
    folder = write_cityscapes(tmp_path / 'cs', splits=('train', 'val', 'test'))
    return write_cityscapes(folder, splits=('train', 'val', 'train_extra'), truth='gtCoarse')


@pytest.mark.parametrize(
    ('resolution', 'split'),
    [
        ('fine', 'train'),
        ('fine', 'val'),
        ('coarse', 'train'),
        ('coarse', 'val'),
        ('coarse', 'train_extra'),
    ],
)
def test_samples_are_images_and_labels_of_the_split_alone(folder, resolution, split):
    dataset = CityscapesSemanticSegmentationDataset(folder, resolution, split)
    assert len(dataset) == 4
    assert_is_semantic_segmentation_dataset(
        dataset, len(cityscapes_semantic_segmentation_label_names)
    )
    truth = {'fine': 'gtFine', 'coarse': 'gtCoarse'}[resolution]
    city = 'lindau/lindau_000000_000019'
    assert dataset.sample_files(0) == (
        str(folder / 'leftImg8bit' / split / f'{city}_leftImg8bit.png'),
        str(folder / truth / split / f'{city}_{truth}_labelIds.png'),
    )


def test_the_order_is_that_of_the_cities_and_frames(folder):
    dataset = CityscapesSemanticSegmentationDataset(folder, 'fine', 'val')
    assert [path.rpartition('/')[2] for path in dataset.img_paths] == [
        f'{frame}_000019_leftImg8bit.png'
        for frame in ('lindau_000000', 'lindau_000002', 'munster_000001', 'munster_000003')
    ]


def test_a_folder_above_that_is_called_like_another_split_changes_nothing(tmp_path):
    folder = write_cityscapes(tmp_path / 'train', splits=('train', 'val'))
    assert len(CityscapesSemanticSegmentationDataset(folder, 'fine', 'val')) == 4


def test_ids_become_train_ids_and_those_not_evaluated_void(folder):
    dataset = CityscapesSemanticSegmentationDataset(folder, 'fine', 'val')
    raw = CityscapesSemanticSegmentationDataset(folder, 'fine', 'val', ignore_labels=False)
    for (_, label), (_, ids), path in zip(dataset, raw, dataset.label_paths, strict=True):
        np.testing.assert_array_equal(ids, Image.open(path))
        assert ids.dtype == np.int32
        for id_, train_id in [(0, -1), (7, 0), (9, -1), (11, 2), (29, -1), (33, 18)]:
            assert (label[ids == id_] == train_id).all()


def test_test_samples_are_bare_images_in_order(folder):
    dataset = CityscapesTestImageDataset(folder)
    assert len(dataset) == 4
    assert dataset.keys == 'img'
    assert (dataset[0].shape, dataset[0].dtype) == ((3, 32, 64), np.float32)
    assert dataset.img_paths == sorted(dataset.img_paths)


def test_resolution_must_be_given_and_the_split_exist():
    with pytest.raises(ValueError, match=r"one of \('fine', 'coarse'\), not None"):
        CityscapesSemanticSegmentationDataset()
    with pytest.raises(ValueError, match="with fine labels, not 'train_extra'"):
        CityscapesSemanticSegmentationDataset('.', 'fine', 'train_extra')
    with pytest.raises(ValueError, match='CityscapesTestImageDataset'):
        CityscapesSemanticSegmentationDataset('.', 'fine', 'test')


def test_the_cache_is_looked_into_and_how_to_get_the_data_is_said(cache_folder):
    folder = cache_folder.parent / 'cityscapes'
    with pytest.raises(DatasetError) as error:
        CityscapesSemanticSegmentationDataset(label_resolution='coarse', split='train_extra')
    for part in ('leftImg8bit_trainextra.zip and gtCoarse.zip', 'registration', str(folder)):
        assert part in str(error.value)
    with pytest.raises(
        DatasetError, match=r'leftImg8bit_trainvaltest\.zip from https://www\.citys'
    ):
        CityscapesTestImageDataset()
    write_cityscapes(folder, splits=('train', 'test'))
    assert len(CityscapesSemanticSegmentationDataset(label_resolution='fine')) == 4
    assert len(CityscapesTestImageDataset()) == 4


def error_of(folder, resolution='fine', split='val'):
    with pytest.raises(DatasetError) as error:
        CityscapesSemanticSegmentationDataset(folder, resolution, split)
    message = str(error.value)
    assert 'Either ' in message
    assert ', or ' in message
    return message


def test_mistakes_in_the_layout_are_recognised_by_name(folder, tmp_path):
    assert 'one folder too deep' in error_of(folder / 'leftImg8bit')
    assert 'one folder too shallow' in error_of(tmp_path)
    (tmp_path / 'empty').mkdir()
    (tmp_path / 'empty' / 'gtFine_trainvaltest.zip').touch()
    assert 'gtFine_trainvaltest.zip is not extracted' in error_of(tmp_path / 'empty')
    (folder / 'gtFine_trainvaltest').mkdir()
    (folder / 'gtFine').rename(folder / 'gtFine_trainvaltest' / 'gtFine')
    moved = f'move {folder / "gtFine_trainvaltest" / "gtFine"} to {folder / "gtFine"}'
    assert moved in error_of(folder)


def test_an_image_without_label_map_and_the_other_way_round_are_named(folder):
    city = folder / 'leftImg8bit' / 'val' / 'munster'
    (city / 'munster_000001_000019_leftImg8bit.png').rename(folder / 'x.png')
    assert 'munster_000001_000019_gtFine_labelIds.png' in error_of(folder)
    (folder / 'x.png').rename(city / 'munster_000001_000019_leftImg8bit.png')
    (folder / 'gtFine/val/lindau/lindau_000002_000019_gtFine_labelIds.png').unlink()
    assert 'lindau_000002_000019_leftImg8bit.png: of 4 images 1 have no label map' in error_of(
        folder
    )


@pytest.mark.parametrize(
    ('kind', 'mistake'),
    [('labelTrainIds', 'These are train ids'), ('color', 'These are RGB labels'), ('polygons', '')],
)
def test_label_maps_of_another_kind_are_recognised_by_their_names(folder, kind, mistake):
    for path in (folder / 'gtFine' / 'val').rglob('*_labelIds.png'):
        path.rename(path.with_name(path.name.replace('labelIds', kind)))
    assert f'found {"none" if not mistake else folder}' in error_of(folder)
    assert mistake in error_of(folder)


def test_train_ids_in_the_files_of_label_ids_are_recognised(folder):
    for path in (folder / 'gtFine' / 'val').rglob('*_labelIds.png'):
        Image.fromarray(np.array([[0, 1, 18, 255]], np.uint8)).save(path)
    assert 'look like train ids' in error_of(folder)


def test_a_split_without_images_is_an_error(folder):
    for path in (folder / 'leftImg8bit').rglob('*.png'):
        path.unlink()
    assert 'expected 500 images' in error_of(folder)
    with pytest.raises(DatasetError, match='expected 1525 images'):
        CityscapesTestImageDataset(folder)
