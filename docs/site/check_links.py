"""Whether the links of a site lead somewhere: pages, anchors, pictures, styles and scripts."""

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors = {'', 'top'}
        self.targets: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == 'id' or (tag, name) == ('a', 'name'):
                self.anchors.add(value or '')
            if name in ('href', 'src') and value:
                self.targets.append(value)


def broken_links(site: Path) -> list[str]:
    """Find the links of a site that lead nowhere. Other hosts are not asked.

    Args:
        site: The folder of the site.

    Returns:
        A line for each.
    """
    site = site.resolve()
    found = [path for path in sorted(site.rglob('*.html')) if path.parent.name != '_static']
    pages = {path: _Page(path.read_text('utf-8')) for path in found}
    lines = []
    for path, page in pages.items():
        for target in page.targets:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            to = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if parts.path.startswith('/') or not to.is_file():
                lines.append(f'{path.relative_to(site)}: {target} is not there')
            elif to in pages and unquote(parts.fragment) not in pages[to].anchors:
                lines.append(f'{path.relative_to(site)}: {target} has no such anchor')
    return lines
