"""Text of others for people's eyes: nothing in it steers a terminal, a page or a table."""

import unicodedata
from contextlib import suppress

#: Besides control characters: halves of characters, ends of lines and paragraphs, and what has no shape
#: of its own, such as the marks that turn the direction of writing.
_HIDDEN = {'Cc', 'Cs', 'Zl', 'Zp', 'Cf'}
#: Joiners have no shape either, but Persian and emoji cannot be written without them.
_JOINERS = '\u200c\u200d'


def printable(text: str) -> str:
    r"""Write a text with escapes where it holds characters that have no shape.

    Names of files and classes may hold anything: a newline, the sequences that colour a terminal or
    move its cursor, marks that show the letters after them backwards.

    Args:
        text: A text. Bytes of a file name that are no UTF-8 are in it as Python has them.

    Returns:
        It with such characters as in Python's strings: ``\n``, ``\x1b``, ``\u202e``; bytes as ``\xff``.
    """
    if text.isprintable():  # nearly all are
        return text
    with suppress(UnicodeEncodeError):  # where the locale is not UTF-8 all letters come as bytes
        text = text.encode('utf-8', 'surrogateescape').decode('utf-8', 'surrogateescape')
    return ''.join(map(_character, text))


def _character(character: str) -> str:
    if unicodedata.category(character) not in _HIDDEN or character in _JOINERS:
        return character
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a file name
        return f'\\x{code - 0xDC00:02x}'
    return character.encode('unicode_escape').decode('ascii')
