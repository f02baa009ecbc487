import os
import re

import numpy as np
import pytest
from PIL import Image

from chainercv_seg import datasets
from chainercv_seg.datasets import LabelFormat, plain_label_format
from chainercv_seg.utils import DatasetError, read_label
from chainercv_seg.utils.errors import OutputError

FORMATS = {
    'ade20k': (datasets.ade20k_label_format, 150),
    'camvid': (datasets.camvid_label_format, 11),
    'cityscapes': (datasets.cityscapes_label_format, 19),
    'voc': (datasets.voc_label_format, 21),
    'plain': (plain_label_format(300, void=1000), 300),
}


@pytest.mark.parametrize('name', FORMATS)
def test_what_is_written_is_read_back(name, tmp_path):
    label_format, n_class = FORMATS[name]
    label = np.arange(-1, n_class, dtype=np.int32).reshape(1, -1)
    label_format.write(label, tmp_path / 'label.png')
    values = read_label(tmp_path / 'label.png')
    np.testing.assert_array_equal(values, label_format.encode(label))
    decoded = label_format.decode(values, name='label.png')
    np.testing.assert_array_equal(decoded, label)
    assert decoded.dtype == np.int32


@pytest.mark.parametrize(
    ('name', 'values'),
    [
        ('ade20k', [0, 1, 2, 150]),
        ('camvid', [11, 0, 1, 10]),
        ('cityscapes', [0, 7, 8, 33]),
        ('voc', [255, 0, 1, 20]),
    ],
)
def test_void_and_classes_are_written_as_the_benchmark_wants_them(name, values):
    label_format, n_class = FORMATS[name]
    encoded = label_format.encode(np.array([[-1, 0, 1, n_class - 1]]))
    np.testing.assert_array_equal(encoded, [values])
    assert encoded.dtype == np.uint8


def test_cityscapes_ids_are_all_known_and_void_is_never_255():
    label_format = datasets.cityscapes_label_format
    known = [*label_format.values, label_format.void, *label_format.other_void]
    assert sorted(known) == list(range(34))
    assert label_format.encode(np.arange(-1, 19)[None]).max() == 33


def test_cityscapes_ids_are_those_of_the_official_table():
    table = pytest.importorskip('cityscapesscripts.helpers.labels').labels
    label_format = datasets.cityscapes_label_format
    ids = {row.trainId: row.id for row in table if not row.ignoreInEval}
    assert label_format.values == tuple(ids[i] for i in range(19))
    void = {row.id for row in table if row.ignoreInEval}
    assert {-1, label_format.void, *label_format.other_void} == void


def test_voc_files_have_the_palette_and_the_others_are_grey(tmp_path):
    label = np.array([[0, 1, 20, -1]])
    datasets.voc_label_format.write(label, tmp_path / 'label.png')
    with Image.open(tmp_path / 'label.png') as img:
        assert img.mode == 'P'
        colors = np.array(img.convert('RGB'))[0].tolist()
    assert colors == [[0, 0, 0], [128, 0, 0], [0, 64, 128], [224, 224, 192]]
    datasets.cityscapes_label_format.write(label[:, :2], tmp_path / 'label.png')
    with Image.open(tmp_path / 'label.png') as img:
        assert img.mode == 'L'


def test_minus_one_is_void_in_every_format():
    array = np.array([[-1, 7, 9]], np.int64)
    decoded = datasets.cityscapes_label_format.decode(array, name='a')
    np.testing.assert_array_equal(decoded, [[-1, 0, -1]])


@pytest.mark.parametrize('value', [34, 255, 256, 2**40, -2, -(2**40)])
def test_a_value_outside_the_classes_is_an_error_that_names_file_and_value(value):
    with pytest.raises(DatasetError, match=rf'f\.npy holds {value}, which .* 0 to 6, 9 to 10'):
        datasets.cityscapes_label_format.decode(np.array([[7, value]]), name='f.npy')


@pytest.mark.parametrize('label', [-2, 11, 255])
def test_only_classes_and_void_are_written(label):
    with pytest.raises(ValueError, match=r'must lie in \[-1, 10\]'):
        datasets.camvid_label_format.encode(np.array([[0, label]]))


def test_a_value_cannot_stand_for_two_things():
    with pytest.raises(ValueError, match='no value may stand for two things'):
        LabelFormat((0, 1, 2), void=2)


@pytest.mark.parametrize('void', [-2, -5, 65536, 99_999_999_999])
def test_a_value_that_no_file_can_hold_stands_for_nothing(void):
    for values in [{'void': void}, {'void': 255, 'other_void': (void,)}]:
        with pytest.raises(ValueError, match=rf'must lie in \[0, 65535\].* found {void}'):
            LabelFormat((0, 1, 2), **values)


def test_without_a_value_for_void_void_is_read_and_not_written():
    label_format = plain_label_format(3, void=-1)
    np.testing.assert_array_equal(
        label_format.decode(np.array([[-1, 0, 2]]), name='a'), [[-1, 0, 2]]
    )
    np.testing.assert_array_equal(label_format.encode(np.array([[0, 2]])), [[0, 2]])
    with pytest.raises(ValueError, match=r'must lie in \[0, 2\]'):
        label_format.encode(np.array([[-1]]))


@pytest.mark.parametrize('name', ['camvid', 'voc', 'plain'])
@pytest.mark.parametrize(
    ('dtype', 'value'),
    [(np.int8, -3), (np.int8, 127), (np.uint64, 2**64 - 1), (np.uint64, 2**63), (np.int64, -2)],
)
def test_strange_values_are_named_whatever_their_type(name, dtype, value):
    if name == 'plain' and value == 127:
        value = -128
    array = np.array([[0, value]], dtype)
    with pytest.raises(DatasetError, match=f'f holds {value}, which stands for no class'):
        FORMATS[name][0].decode(array, name='f')


@pytest.mark.parametrize('dtype', [np.int8, np.uint8, np.uint64, np.int64])
def test_values_are_read_from_every_integer_type(dtype):
    decoded = datasets.camvid_label_format.decode(np.array([[0, 10, 11]], dtype), name='f')
    np.testing.assert_array_equal(decoded, [[0, 10, -1]])


@pytest.mark.parametrize('n_class', [0, -1, '2', 2.0, True])
def test_a_number_of_classes_that_is_none_is_named(n_class):
    with pytest.raises(ValueError, match='n_class must be a positive integer'):
        plain_label_format(n_class)


@pytest.mark.parametrize('place', ['fifo', 'folder', 'link'])
def test_what_is_no_file_is_not_written_to(tmp_path, place):
    path = tmp_path / 'label.png'
    if place == 'fifo':
        os.mkfifo(path)
    elif place == 'folder':
        path.mkdir()
    else:
        path.symlink_to(tmp_path / 'nowhere')
    with pytest.raises(OutputError, match=re.escape(f'{path} cannot be written: ')):
        plain_label_format(2).write(np.zeros((2, 2), int), path)
    assert os.listdir(tmp_path) == ['label.png']
