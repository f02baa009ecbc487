import os
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from chainercv_seg.datasets import camvid_label_format, plain_label_format
from chainercv_seg.datasets.image_key import cityscapes_image_key
from chainercv_seg.evaluations.prediction_files import (
    PredictionFiles,
    find_predictions,
    read_prediction,
)
from chainercv_seg.utils import DatasetError, ImageFileError
from tests.special_files import SPECIAL_FILES, make_special_file

NAMES = ['data/a.jpg', 'data/b.jpg']


def header(text):
    return b'\x93NUMPY\x01\x00' + len(text).to_bytes(2, 'little') + text.encode()


def write(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    return folder


def test_predictions_are_written_whole_and_named_after_images(tmp_path):
    files = PredictionFiles(tmp_path, NAMES, label_format=camvid_label_format)
    pred = np.array([[0, 10, -1]], np.int32)
    files.write(1, pred)
    assert os.listdir(tmp_path) == ['b.png']
    np.testing.assert_array_equal(np.array(Image.open(files.path(1))), [[0, 10, 11]])
    np.testing.assert_array_equal(read_prediction(files.path(1), camvid_label_format), pred)


def test_two_images_of_one_name_are_noticed_before_one_overwrites_the_other(tmp_path):
    with pytest.raises(DatasetError, match=r'x/a\.png and y/a\.png are both called a'):
        PredictionFiles(tmp_path, ['x/a.png', 'y/a.png'], label_format=camvid_label_format)


def test_each_image_gets_its_prediction_wherever_it_is_below_the_folder(tmp_path):
    write(tmp_path, 'b.npy', 'sub/a.png', 'readme.txt')
    assert find_predictions(tmp_path, NAMES) == [tmp_path / 'sub/a.png', tmp_path / 'b.npy']


def test_cityscapes_files_go_by_city_sequence_and_frame(tmp_path):
    write(tmp_path, 'ulm_000001_000019_pred.png')
    names = ['leftImg8bit/val/ulm/ulm_000001_000019_leftImg8bit.png']
    found = find_predictions(tmp_path, names, key=cityscapes_image_key)
    assert found == [tmp_path / 'ulm_000001_000019_pred.png']
    files = PredictionFiles(
        tmp_path, names, label_format=camvid_label_format, key=cityscapes_image_key
    )
    assert files.path(0) == tmp_path / 'ulm_000001_000019.png'


@pytest.mark.parametrize(
    ('files', 'message'),
    [
        (
            ['a.png'],
            r'lacks the prediction of data/b\.jpg: expected b\.png or b\.npy .* Of 2 .* 1 ',
        ),
        (['a.png', 'b.jpg'], r'\. There is b\.jpg\. Of 2'),
        (['a.png', 'b_pred.png'], r'\. There is b_pred\.png\. Of 2'),
        (['a.png', 'x/pred_B.npz'], r'\. There is x/pred_B\.npz\. Of 2'),
        (
            ['a_pred.png', 'b_pred.png', 'm.txt'],
            r'\. There are a_pred\.png, b_pred\.png and m\.txt',
        ),
        (['a.png', 'b.png', 'c.png'], r'c\.png is not the prediction of an image .* Of 3 files 1'),
        (['a.png', 'b.png', 'b.npy'], r'b\.npy and .*b\.png are both called b'),
        ([], 'Of 2 images 2 have none'),
    ],
)
def test_a_file_too_few_or_too_many_is_named(tmp_path, files, message):
    with pytest.raises(DatasetError, match=message):
        find_predictions(write(tmp_path, *files), NAMES)


@pytest.mark.parametrize('suffix', ['bmp', 'tif', 'TIFF', 'png'])
def test_images_of_every_type_that_holds_label_maps_are_read(tmp_path, suffix):
    Image.fromarray(np.array([[0, 10, 11]], np.uint8)).save(tmp_path / f'a.{suffix}')
    (path,) = find_predictions(tmp_path, ['a.jpg'])
    np.testing.assert_array_equal(read_prediction(path, camvid_label_format), [[0, 10, -1]])


def test_a_missing_folder_is_named(tmp_path):
    (tmp_path / 'nine').mkdir()
    with pytest.raises(DatasetError, match=r'found none\. There is nine$'):
        find_predictions(tmp_path / 'none', NAMES)
    (tmp_path / 'nine').rmdir()
    with pytest.raises(DatasetError, match='none: expected a folder or a zip of predictions'):
        find_predictions(tmp_path / 'none', NAMES)


@pytest.mark.parametrize('dtype', [np.uint8, np.int8, np.int64, np.uint16])
def test_arrays_of_any_integer_type_are_read(tmp_path, dtype):
    np.save(tmp_path / 'a.npy', np.array([[0, 1], [2, 11]], dtype))
    label = read_prediction(tmp_path / 'a.npy', camvid_label_format)
    np.testing.assert_array_equal(label, [[0, 1], [2, -1]])
    assert label.dtype == np.int32


def test_16_bit_images_hold_more_than_255_classes(tmp_path):
    Image.fromarray(np.array([[299, 256, 1000]], np.uint16)).save(tmp_path / 'a.png')
    label = read_prediction(tmp_path / 'a.png', plain_label_format(300, void=1000))
    np.testing.assert_array_equal(label, [[299, 256, -1]])


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        (np.zeros((2, 2)), r'expected an array \(H, W\) of integers, found float64 \(2, 2\)'),
        (np.zeros((1, 2, 2), int), r'found int64 \(1, 2, 2\)'),
        (np.array([[print]]), r'found object \(1, 1\)'),
        (b'', 'cannot be read as an array'),
        (b'\x93NUMPY\x01\x00 broken', 'cannot be read as an array'),
        (b'PK\x03\x04 broken', 'cannot be read as an array'),
        (header('{"descr": ('), 'cannot be read as an array'),
        (
            header("{'descr': '|u1', 'fortran_order': False, 'shape': (10**9, 10**9)}"),
            'as an array',
        ),
        (
            header(f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({10**14}, 9)}}"),
            'as an array',
        ),
        (
            header(f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({10**40}, 9)}}"),
            'as an array',
        ),
    ],
)
def test_what_is_no_label_map_is_named(tmp_path, content, message):
    path = tmp_path / 'a.npy'
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        np.save(path, content, allow_pickle=True)
    with pytest.raises(ImageFileError, match=rf'a\.npy.*{message}'):
        read_prediction(path, camvid_label_format)


def test_an_archive_is_no_label_map(tmp_path):
    np.savez(tmp_path / 'a.npz', np.zeros((2, 2), int))
    (tmp_path / 'a.npz').rename(tmp_path / 'a.npy')
    with pytest.raises(ImageFileError, match='it is an archive of arrays'):
        read_prediction(tmp_path / 'a.npy', camvid_label_format)


def test_pictures_in_colour_are_no_label_maps(tmp_path):
    Image.new('RGB', (2, 2)).save(tmp_path / 'a.png')
    with pytest.raises(ImageFileError, match=r'a\.png is a RGB image, not a label map'):
        read_prediction(Path(tmp_path / 'a.png'), camvid_label_format)


def test_a_label_map_beyond_the_limit_takes_no_memory_and_the_limit_can_be_raised(
    tmp_path, monkeypatch
):
    path = tmp_path / 'a.npy'
    path.write_bytes(header("{'descr': '<i8', 'fortran_order': False, 'shape': (16384, 16384)}"))
    os.truncate(path, path.stat().st_size + 16384 * 16384 * 8)  # sparse
    with pytest.raises(ImageFileError, match=r'takes 2147483648 bytes, .* set CHAINERCV_SEG_MAX_A'):
        read_prediction(path, camvid_label_format)
    np.save(path, np.zeros((4, 4), np.uint8))
    for limit, fits in (('15', False), ('16', True)):
        monkeypatch.setenv('CHAINERCV_SEG_MAX_ARRAY_BYTES', limit)
        if fits:
            assert read_prediction(path, camvid_label_format).shape == (4, 4)
        else:
            with pytest.raises(ImageFileError, match='takes 16 bytes, more than 15'):
                read_prediction(path, camvid_label_format)


@pytest.mark.skipif(sys.platform == 'win32', reason='needs FIFOs')
@pytest.mark.parametrize('suffix', ['npy', 'png'])
@pytest.mark.parametrize('kind', SPECIAL_FILES)
def test_what_is_no_regular_file_is_named_and_not_waited_for(tmp_path, kind, suffix):
    make_special_file(tmp_path / f'a.{suffix}', kind)
    with pytest.raises((OSError, ImageFileError), match=SPECIAL_FILES[kind]) as caught:
        read_prediction(tmp_path / f'a.{suffix}', camvid_label_format)
    assert f'a.{suffix}' in str(caught.value)


def test_names_with_dots_are_whole(tmp_path):
    names = ['d/cam1.0001.jpg', 'd/cam1.0002', 'd/x.tar.png', 'd/cam1.jpg']
    files = ['cam1.0001.png', 'cam1.0002.npy', 'x.tar.png', 'cam1.png']
    write(tmp_path, *files)
    assert find_predictions(tmp_path, names) == [tmp_path / name for name in files]
    written = PredictionFiles(tmp_path, names, label_format=camvid_label_format)
    assert [written.path(i).name for i in range(4)] == [f'{Path(n).stem}.png' for n in files]


def test_hidden_files_and_folders_are_left_out(tmp_path):
    write(
        tmp_path, 'a.png', 'b.npy', '._a.png', '.ipynb_checkpoints/a-checkpoint.png', '.git/b.npy'
    )
    assert find_predictions(tmp_path, NAMES) == [tmp_path / 'a.png', tmp_path / 'b.npy']


def test_names_in_another_form_of_unicode_are_the_same(tmp_path):
    write(tmp_path, 'e\u0301.png', '\u00fc.png')
    found = find_predictions(tmp_path, ['\u00e9.jpg', 'u\u0308.jpg'])
    assert [path.name for path in found] == ['e\u0301.png', '\u00fc.png']
