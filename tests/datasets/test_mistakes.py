import os

import pytest

from chainercv_seg.datasets.mistakes import contents, find_mistake

PARTS = ('a/val', 'b/val')


@pytest.fixture
def data(tmp_path):
    for part in PARTS:
        (tmp_path / 'all' / 'data' / part).mkdir(parents=True)
    return tmp_path / 'all' / 'data'


@pytest.mark.parametrize(('below', 'folders'), [('a', 'one folder'), ('a/val', 'two folders')])
def test_a_folder_too_deep_is_recognised(data, below, folders):
    mistake, remedy = find_mistake(data / below, PARTS)
    assert mistake == f'That is {folders} too deep. '
    assert remedy == f'give {data} as data_dir'


@pytest.mark.parametrize(('above', 'folders'), [('.', 'one folder'), ('..', 'two folders')])
def test_a_folder_too_shallow_is_recognised(data, above, folders):
    (data.parent / 'other').mkdir()
    mistake, remedy = find_mistake(data.parent / above, PARTS)
    assert mistake == f'That is {folders} too shallow. '
    assert remedy == f'give {data} as data_dir'


def test_a_part_that_has_been_extracted_elsewhere_is_found(data):
    (data / 'b_archive').mkdir()
    (data / 'b').rename(data / 'b_archive' / 'b')
    mistake, remedy = find_mistake(data, PARTS)
    assert mistake == f'b/val is in {data / "b_archive"}. '
    assert remedy == f'move {data / "b_archive" / "b"} to {data / "b"}'


@pytest.mark.parametrize('names', [['a.zip'], ['a.tar', 'b.TGZ']])
def test_archives_that_are_not_extracted_are_named(tmp_path, names):
    for name in names:
        (tmp_path / name).touch()
    mistake, remedy = find_mistake(tmp_path, PARTS)
    assert mistake.endswith('not extracted. ')
    assert all(name in mistake for name in names)
    assert remedy.startswith('extract')
    assert remedy.endswith(f' in {tmp_path}')


def test_an_archive_in_the_place_of_a_folder_is_named(tmp_path):
    (tmp_path / 'a.zip').touch()
    mistake, remedy = find_mistake(tmp_path / 'a.zip', PARTS)
    assert mistake == 'a.zip is not extracted. '
    assert remedy == 'extract it and give the folder with its content as data_dir'


def test_what_is_none_of_these_gives_a_general_remedy(tmp_path):
    for path in (tmp_path, tmp_path / 'none'):
        assert find_mistake(path, PARTS) == ('', 'give the folder that holds a/val as data_dir')


def test_a_relative_folder_is_understood(data, monkeypatch):
    monkeypatch.chdir(data / 'a')
    assert find_mistake(type(data)('.'), PARTS)[1] == f'give {data} as data_dir'


def test_a_folder_that_may_not_be_read_is_passed_over(data, monkeypatch):
    closed, scandir = data.parent / 'a', os.scandir
    closed.mkdir()
    (data.parent / 'b').mkdir()

    def guarded(path):
        if path == closed:
            raise PermissionError(path)
        return scandir(path)

    monkeypatch.setattr(os, 'scandir', guarded)
    (data.parent / 'x' / 'y').mkdir(parents=True)
    mistake, remedy = find_mistake(data.parent, (*PARTS, 'c'))
    assert (mistake, remedy) == (
        f'a/val is in {data}. ',
        f'move {data / "a/val"} to {closed / "val"}',
    )


def test_contents_are_described(tmp_path):
    assert contents(tmp_path / 'none') == 'no such folder'
    assert contents(tmp_path) == 'an empty folder'
    for i in range(8):
        (tmp_path / f'f{i}').touch()
    assert contents(tmp_path / 'f0') == 'a file, not a folder'
    assert contents(tmp_path) == 'a folder with f0, f1, f2, f3, f4, f5, ...'
