"""Text of others in a page."""

from html import escape

from chainercv_seg.utils.printable import printable


def html_text(text: str) -> str:
    """Write a text as HTML shows it, with escapes where it holds characters that have no shape."""
    return escape(printable(text))
