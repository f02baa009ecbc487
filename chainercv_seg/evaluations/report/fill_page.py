"""Pages that need nothing else: a frame with the common head and style, and in it a template."""

from importlib.resources import files
from string import Template


def fill_page(template: str, *, title: str, subtitle: str, **parts: str) -> str:
    """Put parts, which are HTML, into a template of this package, and that into the frame of all pages."""
    body = Template(_text(template)).substitute(parts)
    frame = Template(_text('frame.html'))
    return frame.substitute(title=title, subtitle=subtitle, style=_text('style.css'), body=body)


def _text(name: str) -> str:
    return (files(__package__) / name).read_text(encoding='utf-8')
