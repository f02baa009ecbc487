import os

import pytest

from chainercv_seg.utils.printable import printable


@pytest.mark.parametrize(
    'text',
    [
        '',
        'road',
        'Straße 車',
        'a\\b',
        '=1+1',
        '\u0646\u0645\u06cc\u200c\u062e',
        '👩\u200d🚀',
        'a\u00a0b',
    ],
)
def test_what_has_a_shape_stays_as_it_is(text):
    assert printable(text) == text


@pytest.mark.parametrize(
    ('text', 'shown'),
    [
        ('a\nb\r\tc', r'a\nb\r\tc'),
        ('\x1b[31mred\x1b[0m', r'\x1b[31mred\x1b[0m'),
        ('\x1b]0;title\x07', r'\x1b]0;title\x07'),
        ('\x9b2J', r'\x9b2J'),  # an escape sequence of one byte
        ('a\0b\x7f', r'a\x00b\x7f'),
        ('photo\u202egpj.exe', r'photo\u202egpj.exe'),
        ('\u2066\u2069\u200e\u061c', r'\u2066\u2069\u200e\u061c'),
        ('a\u2028b\u2029\x85', r'a\u2028b\u2029\x85'),
        ('\ufeffroad\u200b', r'\ufeffroad\u200b'),
        ('\U000e0041', r'\U000e0041'),
        ('\ud800', r'\ud800'),
        ('Stra\udcc3\udc9fe', 'Straße'),  # UTF-8 in an ASCII locale
    ],
)
def test_what_has_none_is_escaped(text, shown):
    assert printable(text) == shown


def test_bytes_of_file_names_are_shown():
    assert printable(os.fsdecode(b'caf\xe9.png')) == r'caf\xe9.png'
