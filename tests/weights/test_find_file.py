import dataclasses
import logging
import re
from pathlib import Path

import numpy as np
import pytest

import chainercv_seg.weights
from chainercv_seg.links import SegNetBasic
from chainercv_seg.utils.errors import WeightsError
from chainercv_seg.utils.file_sha256 import file_sha256
from chainercv_seg.weights import PretrainedWeights, Score, get_weights, resolve_pretrained
from chainercv_seg.weights.find_file import FOLDER, file_path, find_file
from chainercv_seg.weights.records import RECORDS
from chainercv_seg.weights.save import save_weights

BUNDLED = [record for record in RECORDS if not record.urls]


@pytest.fixture
def bundled(tmp_path, monkeypatch):
    """A network, and the record of its weights, which come with the package; there is no cache."""
    monkeypatch.setattr('chainercv_seg.weights.find_file.FOLDER', tmp_path)
    monkeypatch.setenv('CHAINER_DATASET_ROOT', str(tmp_path / 'cache'))
    monkeypatch.setattr('chainer.dataset.download._dataset_root', str(tmp_path / 'cache'))
    link = SegNetBasic(n_class=5)
    save_weights(link, tmp_path / 'segnet_streets.npz')
    record = PretrainedWeights(
        'segnet',
        'streets',
        'synthetic',
        'segnet_streets.npz',
        sha256=file_sha256(tmp_path / 'segnet_streets.npz'),
        arguments={'n_class': 5},
        scores=(Score('synthetic', 'test', 0.5, 'whole image', 'this package'),),
        trained_on='python examples/segnet/train.py: 100 iterations in 1 hour',
        license='MIT',
    )
    monkeypatch.setattr('chainercv_seg.weights.records.RECORDS', (*RECORDS, record))
    return link, record


def test_weights_that_come_with_the_package_need_neither_cache_nor_network(bundled, tmp_path):
    link, record = bundled
    loaded = SegNetBasic(pretrained_model='streets')
    assert loaded.n_class == 5
    for (_, expected), (_, found) in zip(link.namedparams(), loaded.namedparams(), strict=True):
        np.testing.assert_array_equal(expected.array, found.array)
    assert file_path(record) == find_file(record) == tmp_path / 'segnet_streets.npz'
    assert not (tmp_path / 'cache').exists()


def test_the_command_lists_weights_that_come_with_the_package(bundled, capsys, monkeypatch):
    from chainercv_seg.cli.weights import main

    monkeypatch.setattr('chainercv_seg.weights.records.RECORDS', (bundled[1],))
    assert main(['--dataset', 'synthetic', '--download']) == 0
    lines = capsys.readouterr().out.splitlines()
    row = r'segnet +streets +50\.00 \(synthetic test\) +in this package'
    assert re.fullmatch(row, lines[1])
    assert re.fullmatch(r'segnet_streets\.npz +[0-9a-f]{8} +MIT', lines[4])


@pytest.mark.parametrize('damage', [lambda path: path.write_bytes(b'damaged'), Path.unlink])
def test_a_damaged_installation_says_what_to_do(bundled, damage):
    _, record = bundled
    damage(file_path(record))
    with pytest.raises(
        WeightsError, match=rf'{record.sha256} of .*found.*install the package anew'
    ):
        resolve_pretrained('segnet', 'streets', arguments={'n_class': None})


def test_weights_without_addresses_and_hash_are_no_record(bundled):
    with pytest.raises(ValueError, match='expected urls or sha256'):
        dataclasses.replace(bundled[1], sha256=None)


def test_weights_that_come_with_the_package_are_in_it():
    files = {path.name: file_sha256(path) for path in FOLDER.glob('*.npz')}
    assert files == {record.file_name: record.sha256 for record in BUNDLED}
    package = Path(chainercv_seg.weights.__file__).parents[1]
    if (package.parent / 'pyproject.toml').exists():  # they are installed with it
        assert '"weights/files/*.npz"' in (package.parent / 'pyproject.toml').read_text()


@pytest.mark.parametrize('record', RECORDS, ids=lambda record: f'{record.model}/{record.name}')
def test_every_name_leads_to_its_file_and_its_arguments(
    record, cache_folder, file_server, monkeypatch, caplog
):
    if record.urls:
        monkeypatch.setenv('CHAINERCV_SEG_MIRROR', f'{file_server.url}/mirror')
        file_server.add(f'mirror/{record.file_name}', b'PK\5\6' + bytes(18))  # an empty npz
    with caplog.at_level(logging.WARNING, 'chainercv_seg'):
        arguments, path = resolve_pretrained(
            record.model, record.name, arguments=dict.fromkeys(record.arguments)
        )
    assert arguments == dict(record.arguments)
    assert path == file_path(record)
    assert path.name == record.file_name
    assert len(caplog.messages) == (record.sha256 is None)


def test_imagenet_stands_for_the_extractor(monkeypatch):
    from chainercv_seg.links import PSPNetResNet50

    asked = []

    def find(record):
        asked.append(record)
        raise WeightsError('none here')

    monkeypatch.setattr('chainercv_seg.weights.resolve.find_file', find)
    with pytest.raises(WeightsError, match='none here'):
        PSPNetResNet50(n_class=3, pretrained_model='imagenet')
    assert asked == [get_weights('dilated_resnet50', 'imagenet')]


def test_a_download_that_fails_names_the_weights_that_are_there(cache_folder):
    with pytest.raises(
        WeightsError, match=r"What is there of segnet for camvid: 'camvid_scratch' \(58"
    ):
        find_file(get_weights('segnet', 'camvid'))
    with pytest.raises(WeightsError) as caught:
        find_file(get_weights('pspnet_resnet101', 'cityscapes'))
    assert 'What is there' not in str(caught.value)
    other = get_weights('pspnet_resnet101', 'cityscapes_converted')
    (cache_folder / other.file_name).touch()
    with pytest.raises(
        WeightsError, match=r"for cityscapes: 'cityscapes_converted' \(79.03 % on val"
    ):
        find_file(get_weights('pspnet_resnet101', 'cityscapes'))
