"""The README as a package index shows it, where links into the repository lead nowhere."""

import re
from pathlib import Path

_LINK = re.compile(r'(!?)\[([^\]]*)\]\((?!https?:|#)([^)]+)\)')


def package_page(readme: str, source: str | None) -> str:
    """Make the links and pictures of the README absolute.

    Args:
        readme: The README, in which they are relative to the repository.
        source: URL of the repository's files. Without one, links become the names of the files, which
            are in the source package, and pictures are left out.

    Returns:
        The text for the package index.
    """

    def replaced(link: re.Match[str]) -> str:
        picture, text, target = link.groups()
        if source is not None:
            return f'{picture}[{text}]({source.rstrip("/")}/{target})'
        if picture:
            return ''
        path = target.partition('#')[0]
        return f'`{path}`' if text == path else f'{text} (`{path}`)'

    return _LINK.sub(replaced, readme)


def source_url(pyproject: str) -> str | None:
    """Find the URL of the repository's files in the text of pyproject.toml: ``Source`` of its URLs."""
    found = re.search(r'^Source = "(.+)"$', pyproject, re.MULTILINE)
    return found[1] if found else None


def main() -> str:
    """Read both files of this project."""
    root = Path(__file__).parents[1]
    texts = [(root / name).read_text('utf-8') for name in ('README.md', 'pyproject.toml')]
    return package_page(texts[0], source_url(texts[1]))
