"""Text of others in a page."""

from html import escape

from chainercv_seg.utils.printable import printable


def html_text(text: str) -> str:
    """Write a text as HTML shows it, with escapes where it holds characters that have no shape."""
    return escape(printable(text))


def capitalized(text: str) -> str:
    """Begin a text with a capital letter, and leave the others as they are."""
    return text[:1].upper() + text[1:]
