import os
import unicodedata
from pathlib import Path

import pytest

from chainercv_seg.datasets.file_names import FileFinder, files_below, name_form, names_in


def forms(name):
    return unicodedata.normalize('NFC', name), unicodedata.normalize('NFD', name)


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


def test_folders_below_are_looked_into_but_for_hidden_ones(tmp_path):
    shown = ['a.png', 'b/c.png', 'b/d/e.png']
    hidden = ['._a.png', '.DS_Store', '.ipynb_checkpoints/a.png', 'b/.git/d/e.png', 'b/._c.png']
    for name in (*shown, *hidden):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert files_below(tmp_path) == [tmp_path / name for name in shown]


def test_a_folder_that_is_hidden_itself_can_be_asked_for(tmp_path):
    (tmp_path / '.cache').mkdir()
    (tmp_path / '.cache/a.png').touch()
    assert files_below(tmp_path / '.cache') == [tmp_path / '.cache/a.png']
    assert names_in(tmp_path / '.cache') == ['a.png']


@pytest.mark.parametrize('name', ['Straße.é.jpg', 'Å', '가', 'Việt'])
def test_names_that_look_alike_have_one_form(name):
    composed, decomposed = forms(name)
    bytes_in_an_ascii_locale = composed.encode().decode('ascii', 'surrogateescape')
    assert name_form(decomposed) == name_form(composed) == name_form(bytes_in_an_ascii_locale)


@pytest.mark.parametrize('name', ['a.png', 'cam1.0001', '\udcff\udcfe.png', '\ud800.png', '車'])
def test_other_names_stay_as_they_are(name):
    assert name_form(name) == name


class TestFileFinder:
    @pytest.mark.parametrize('order', [1, -1])
    def test_names_are_found_in_another_form_and_in_folders_that_have_one(self, tmp_path, order):
        there, asked = forms('Zoë')[::order]
        (tmp_path / there).mkdir()
        (tmp_path / there / f'{there}.jpg').touch()
        found = FileFinder().find(tmp_path / asked / f'{asked}.jpg')
        assert found == tmp_path / there / f'{there}.jpg'

    def test_of_two_forms_the_one_that_is_asked_for_is_found(self, tmp_path):
        for name in forms('é'):
            (tmp_path / name).touch()
        if len(os.listdir(tmp_path)) < 2:
            pytest.skip('this file system has one form only')
        for name in forms('é'):
            assert FileFinder().find(tmp_path / name) == tmp_path / name

    def test_what_is_missing_or_hidden_is_not_found(self, tmp_path):
        (tmp_path / '._a.png').touch()
        for name in ('._a.png', 'a.png', 'none/a.png', 'none/none/a.png'):
            assert FileFinder().find(tmp_path / name) is None

    def test_relative_paths_are_found(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        Path('a.png').touch()
        assert FileFinder().find(Path('a.png')) == Path('a.png')
