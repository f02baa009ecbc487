import logging

import pytest

from chainercv_seg.datasets.layout import Layout
from chainercv_seg.utils import DatasetError


@pytest.fixture
def layout(tmp_path):
    for name in ('img/a.png', 'img/b.png', 'label/a.png', 'label/b.png'):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return Layout('Data val', tmp_path, ('img', 'label'), 'buy it')


def test_what_is_complete_passes_silently(layout, caplog):
    layout.check()
    paths = layout.find_files(['label/b.png', 'img/a.png'], listed_in='val.txt')
    assert paths == [layout.folder / 'label/b.png', layout.folder / 'img/a.png']
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
        layout.find_files(['img/a.png', 'img/c.png', 'none/d.png'], listed_in='val.txt')
    assert str(error.value) == (
        f'Data val: val.txt names 3 files, of which 2 are missing, {tmp_path / "img/c.png"} first. '
        'Either take them out of the list, to have a smaller data set, or buy it'
    )
    with pytest.raises(DatasetError, match=r'expected the names of images in val\.txt; found none'):
        layout.find_files([], listed_in='val.txt')


def test_a_part_of_a_split_is_reported_and_none_of_it_is_an_error(layout, tmp_path, caplog):
    with caplog.at_level(logging.WARNING, 'chainercv_seg'):
        layout.report(3, 2000)
    assert f'Data val in {tmp_path} has 3 images, the whole split 2000' in caplog.text
    with pytest.raises(DatasetError, match='expected 2000 images in img and label of'):
        layout.report(0, 2000)
