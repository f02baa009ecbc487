import os

import pytest

from chainercv_seg.utils import DatasetError
from chainercv_seg.utils.text_files import read_lines

TEXT = 'Straße\nc d\n\n車'


def read(tmp_path, content):
    (tmp_path / 'f.txt').write_bytes(content)
    return read_lines(tmp_path / 'f.txt')


@pytest.mark.parametrize(
    'content',
    [
        TEXT.encode(),
        TEXT.encode('utf-8-sig'),
        TEXT.encode('utf-16'),
        b'\xfe\xff' + TEXT.encode('utf-16-be'),
        TEXT.encode('utf-32'),
        TEXT.replace('\n', '\r\n').encode(),
        TEXT.replace('\n', '\r\n').encode('utf-16'),
        TEXT.replace('\n', '\r').encode(),
        f'{TEXT}\n\n \r\n\t\n'.encode(),
        TEXT.replace('\n', ' \t\n  ').encode(),
        '\n\ufeff'.join(TEXT.split('\n')).encode(),  # files that were joined
    ],
)
def test_lines_are_the_same_whichever_editor_saved_them(tmp_path, content):
    assert read(tmp_path, content) == ['Straße', 'c d', '', '車']


@pytest.mark.parametrize(
    'content', [b'', b'\n\n', b'\xef\xbb\xbf', b' \r\n', '\ufeff\n'.encode('utf-16')]
)
def test_a_file_without_text_has_no_lines(tmp_path, content):
    assert read(tmp_path, content) == []


def test_only_ends_of_lines_end_lines(tmp_path):
    line = 'a\x0bb\x0cc\x1cd\x85e\u2028f'
    assert read(tmp_path, line.encode()) == [line]


@pytest.mark.parametrize(
    'content',
    [
        b'caf\xe9\n',
        'road\ncar'.encode('utf-16-le'),
        'road\ncar'.encode('utf-16-be'),
        b'\xff\xfeab\x00',
        b'\x89PNG\r\n\x1a\n\0\0',
    ],
)
def test_what_is_no_text_is_named_with_the_remedy(tmp_path, content):
    with pytest.raises(DatasetError, match=r'f\.txt.*Save it as UTF-8'):
        read(tmp_path, content)


def test_what_is_no_file_is_named(tmp_path):
    with pytest.raises(DatasetError, match='none: expected a text file: No such file'):
        read_lines(tmp_path / 'none')
    os.mkfifo(tmp_path / 'pipe')  # would wait for ever
    for path, found in ((tmp_path, 'Is a directory'), (tmp_path / 'pipe', 'it is a FIFO')):
        with pytest.raises(DatasetError, match=f'expected a text file: {found}'):
            read_lines(path)
