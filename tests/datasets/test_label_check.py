import zlib

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from chainercv_seg import datasets
from chainercv_seg.datasets.label_check import check_label_files
from chainercv_seg.utils import DatasetError
from tests.image_bytes import write_png

FORMATS = {
    'ade20k': datasets.ade20k_label_format,
    'camvid': datasets.camvid_label_format,
    'cityscapes': datasets.cityscapes_label_format,
    'train ids': datasets.plain_label_format(19),
    'voc': datasets.voc_label_format,
}


def check(tmp_path, name, *labels):
    paths = []
    for i, label in enumerate(labels):
        paths.append(tmp_path / f'{i}.png')
        Image.fromarray(np.array(label, np.uint8)).save(paths[-1])
    check_label_files(paths, FORMATS[name], remedy='buy it')


@pytest.mark.parametrize(
    ('name', 'values'),
    [
        ('ade20k', [0, 1, 150]),
        ('camvid', [0, 10, 11]),
        ('cityscapes', [0, 7, 33]),
        ('train ids', [0, 18, 255]),
        ('voc', [0, 20, 255]),
    ],
)
def test_right_values_pass(tmp_path, name, values):
    check(tmp_path, name, [values])
    check_label_files([], FORMATS[name], remedy='buy it')


@pytest.mark.parametrize(
    ('name', 'values', 'mistake', 'remedy'),
    [
        ('cityscapes', [0, 18, 255], 'look like train ids', 'FolderSemanticSegmentationDataset'),
        ('ade20k', [0, 149, 255], 'look like train ids', 'FolderSemanticSegmentationDataset'),
        ('camvid', [0, 10, 255], 'Void is 255 there, where 11', 'ignore_label=255'),
        ('train ids', [0, 7, 33], "Cityscapes' label ids where train ids", 'CityscapesSemantic'),
        ('voc', [0, 38, 255], '', 'restore that file'),
        ('cityscapes', [0, 7, 34], '', 'restore that file'),
    ],
)
def test_the_usual_mistakes_are_recognised_by_name(tmp_path, name, values, mistake, remedy):
    with pytest.raises(DatasetError) as error:
        check(tmp_path, name, [values])
    message = str(error.value)
    assert message.startswith(f'{tmp_path / "0.png"} holds ')
    assert mistake in message
    assert message.index('Either ') < message.index(remedy)
    assert message.endswith(', or buy it')


def test_rgb_labels_are_recognised(tmp_path):
    with pytest.raises(
        DatasetError, match=r'0\.png is a RGB image.* These are RGB labels\. Either'
    ):
        check(tmp_path, 'voc', np.zeros((2, 2, 3)))


def test_a_file_that_is_no_image_is_named(tmp_path):
    (tmp_path / 'x.png').write_text('version https://git-lfs')
    with pytest.raises(DatasetError, match=r'x\.png cannot be read .* Either restore that file'):
        check_label_files([tmp_path / 'x.png'], FORMATS['voc'], remedy='buy it')


@pytest.mark.parametrize('wrong', [0, 2, 4])
def test_the_first_the_middle_and_the_last_are_read(tmp_path, wrong):
    labels = [[[0]]] * 5
    labels[wrong] = [[77]]
    with pytest.raises(DatasetError, match=rf'{wrong}\.png holds 77'):
        check(tmp_path, 'voc', *labels)


def test_a_label_map_that_claims_to_be_too_large_is_one_error(tmp_path, monkeypatch):
    Image.new('L', (40, 30)).save(tmp_path / 'x.png')
    monkeypatch.setattr(Image, 'MAX_IMAGE_PIXELS', 500)
    with pytest.raises(
        DatasetError, match=r'x\.png has more pixels than the 1000 .* CHAINERCV_SEG_MA'
    ):
        check_label_files([tmp_path / 'x.png'], FORMATS['voc'], remedy='buy it')


def test_a_label_map_with_too_much_text_is_one_error(tmp_path):
    text = b'zTXt', b'note\0\0' + zlib.compress(b'x' * 2_000_000)
    write_png(tmp_path / 'x.png', np.zeros((2, 3, 1), int), bits=8, chunks=[text])
    with pytest.raises(DatasetError, match=r'x\.png .*too much text'):
        check_label_files([tmp_path / 'x.png'], FORMATS['voc'], remedy='buy it')


@pytest.mark.parametrize('error', [NotImplementedError('odd'), MemoryError(), OverflowError('odd')])
def test_whatever_a_decoder_raises_is_one_error(tmp_path, monkeypatch, error):
    def fail(*args):
        raise error

    Image.new('L', (4, 3)).save(tmp_path / 'x.png')
    monkeypatch.setattr(PngImagePlugin.PngImageFile, 'load', fail)
    with pytest.raises(DatasetError, match=r'x\.png cannot be read .*restore that file'):
        check_label_files([tmp_path / 'x.png'], FORMATS['voc'], remedy='buy it')
