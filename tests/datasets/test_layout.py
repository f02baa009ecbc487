import logging
import os

import pytest

from chainercv_seg.datasets.layout import Layout, names_in
from chainercv_seg.utils import DatasetError


@pytest.fixture
def layout(tmp_path):
    for name in ('img/a.png', 'img/b.png', 'label/a.png', 'label/b.png'):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return Layout('Data val', tmp_path, ('img', 'label'), 'buy it')


def test_what_is_complete_passes_silently(layout, caplog):
    layout.check()
    layout.check_files(['img/a.png', 'label/b.png'], listed_in='val.txt')
    assert layout.pair({'x': 'a', 'y': 'b'}, {'y': 'd', 'x': 'c'}) == ['x', 'y']
    layout.report(2, 2)
    assert caplog.records == []


def test_the_message_says_expected_found_where_and_two_remedies(layout, tmp_path):
    (tmp_path / 'label').rename(tmp_path / 'labels')
    with pytest.raises(DatasetError) as error:
        layout.check()
    assert str(error.value) == (
        f'Data val: expected img and label in {tmp_path}; found a folder with img, labels, but no '
        'label. Either give the folder that holds label as data_dir, or buy it'
    )


def test_the_message_names_the_mistake(layout, tmp_path):
    with pytest.raises(DatasetError) as error:
        Layout('Data val', tmp_path / 'img', ('img', 'label'), 'buy it').check()
    assert str(error.value) == (
        f'Data val: expected img and label in {tmp_path / "img"}; found a folder with a.png, b.png. '
        f'That is one folder too deep. Either give {tmp_path} as data_dir, or buy it'
    )


@pytest.mark.parametrize(
    ('images', 'labels', 'message'),
    [
        ('abc', 'ab', r'the label map of each image .* none of c\.f: of 3 images 1 have'),
        ('b', 'abc', r'the image of each label map .* none of a\.f: of 3 label maps 2 have'),
    ],
)
def test_an_image_or_label_map_alone_is_named(layout, images, labels, message):
    with pytest.raises(DatasetError, match=message):
        layout.pair({key: f'{key}.f' for key in images}, {key: f'{key}.f' for key in labels})


def test_files_that_a_list_names_are_looked_for(layout, tmp_path):
    with pytest.raises(DatasetError) as error:
        layout.check_files(['img/a.png', 'img/c.png', 'none/d.png'], listed_in='val.txt')
    assert str(error.value) == (
        f'Data val: val.txt names 3 files, of which 2 are missing, {tmp_path / "img/c.png"} first. '
        'Either take them out of the list, to have a smaller data set, or buy it'
    )
    with pytest.raises(DatasetError, match=r'expected the names of images in val\.txt; found none'):
        layout.check_files([], listed_in='val.txt')


def test_a_part_of_a_split_is_reported_and_none_of_it_is_an_error(layout, tmp_path, caplog):
    with caplog.at_level(logging.WARNING, 'chainercv_seg'):
        layout.report(3, 2000)
    assert f'Data val in {tmp_path} has 3 images, the whole split 2000' in caplog.text
    with pytest.raises(DatasetError, match='expected 2000 images in img and label of'):
        layout.report(0, 2000)


def test_files_are_listed_in_one_order_without_hidden_ones(tmp_path, monkeypatch):
    for name in ('b.png', 'a.png', '._a.png', 'B.png', 'a.txt', '10.png', '9.png'):
        (tmp_path / name).touch()
    order = os.listdir(tmp_path)
    for reverse in (False, True):
        monkeypatch.setattr(os, 'listdir', lambda _, r=reverse: sorted(order, reverse=r))
        assert names_in(tmp_path, '.png') == ['10.png', '9.png', 'B.png', 'a.png', 'b.png']
    assert names_in(tmp_path / 'none') == []


def test_a_file_in_the_place_of_a_folder_has_no_names(tmp_path):
    (tmp_path / 'a').touch()
    assert names_in(tmp_path / 'a') == []
    assert os.path.isfile(tmp_path / 'a')
