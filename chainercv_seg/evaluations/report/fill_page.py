"""Pages that need nothing else: a template with the common style in it."""

from importlib.resources import files
from string import Template


def fill_page(template: str, **parts: str) -> str:
    """Put parts, which are HTML, and the style into a template of this package."""
    folder = files(__package__)
    style = (folder / 'style.css').read_text(encoding='utf-8')
    text = (folder / template).read_text(encoding='utf-8')
    return Template(text).substitute(style=style, **parts)
