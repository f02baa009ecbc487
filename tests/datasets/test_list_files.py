import pytest

from chainercv_seg.datasets.list_files import read_list
from chainercv_seg.utils import DatasetError


def read(tmp_path, content):
    (tmp_path / 'val.txt').write_bytes(content)
    return read_list(tmp_path / 'val.txt')


def test_lines_go_by_their_numbers(tmp_path):
    assert read(tmp_path, b'a b\n\n  c \nd') == {1: 'a b', 3: 'c', 4: 'd'}


def test_lists_from_windows_are_read_alike(tmp_path):
    assert read(tmp_path, b'\xef\xbb\xbfa\r\nb\r\n\r\n') == {1: 'a', 2: 'b'}


def test_what_is_no_text_is_named(tmp_path):
    with pytest.raises(DatasetError, match=r'val\.txt cannot be read as text'):
        read(tmp_path, b'\xe9 \xff')


def test_a_name_in_another_form_of_unicode_is_the_same(tmp_path):
    with pytest.raises(DatasetError, match='lines 1 and 2 are both'):
        read(tmp_path, '\u00e9\ne\u0301\n'.encode())


def test_an_image_that_is_listed_twice_is_named(tmp_path):
    with pytest.raises(DatasetError, match=r"val\.txt: lines 1 and 4 are both 'a  b'"):
        read(tmp_path, b'a b\nc\n\n a  b\n')
