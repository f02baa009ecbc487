"""Links between documents of the repository, which become links between pages of the site."""

import posixpath
import re
import sys

from pages import ROOT, Page, headings, outside_blocks

sys.path.append(str(ROOT / 'docs'))
from package_page import source_url

#: A link to a file of the repository, or within the document.
_RELATIVE = re.compile(r'(!?)\[([^\]]*)\]\((?!\w+:)([^)\s]+)\)')


class Links:
    """Tells where links of the repository lead in the site.

    Args:
        pages: All pages that documents are.
        folders: Pages of folders: the page by the folder, from the root of the repository.
    """

    def __init__(self, pages: list[Page], folders: dict[str, str]) -> None:
        self._pages = {page.source: page.name for page in pages if page.section is None}
        self._folders = folders
        self._anchors = {
            (page.source, anchor): (page.name, '' if number == 0 else anchor)
            for page in pages
            if page.section is not None
            for number, anchor in enumerate(headings(page.text()))
        }
        self._source = source_url((ROOT / 'pyproject.toml').read_text('utf-8'))
        #: Files of the repository that pages show, from its root.
        self.pictures: set[str] = set()

    def rewrite(self, page: Page) -> str:
        """Write a page with links that lead to pages.

        Raises:
            ValueError: A link leads to nothing in the repository.
        """

        def replaced(link: re.Match[str]) -> str:
            picture, text, target = link.groups()
            path, _, anchor = target.partition('#')
            folder = posixpath.dirname(page.source)
            path = posixpath.normpath(posixpath.join(folder, path)) if path else page.source
            if picture:
                return f'![{text}]({self._picture(page, path)})'
            return self._link(page, text, path, anchor)

        return outside_blocks(page.text(), lambda piece: _RELATIVE.sub(replaced, piece))

    def _link(self, page: Page, text: str, path: str, anchor: str) -> str:
        found = self._found(path, anchor)
        if found is not None:
            name, anchor = found
            up = posixpath.relpath(f'{name}.md', posixpath.dirname(page.name))
            return f'[{text}]({up}{"#" + anchor if anchor else ""})'
        if not (ROOT / path).exists():
            raise ValueError(f'{page.source} links to {path}#{anchor}, which is not there')
        if self._source is not None:
            return f'[{text}]({self._source.rstrip("/")}/{path})'
        return f'`{path}`' if text == posixpath.basename(path) else f'{text} (`{path}`)'

    def _found(self, path: str, anchor: str) -> tuple[str, str] | None:
        """The page that a document, a part of it, or a folder has become, and where in it."""
        if (path, anchor) in self._anchors:
            return self._anchors[path, anchor]
        if path == 'README.md':
            if anchor:
                raise ValueError(f'README.md has no section with the anchor {anchor}')
            return 'index', ''
        for candidate in (path, f'{path}/README.md'):
            if candidate in self._pages:
                return self._pages[candidate], anchor
        return (self._folders[path], anchor) if path in self._folders else None

    def _picture(self, page: Page, path: str) -> str:
        self.pictures.add(path)
        return posixpath.relpath(f'pictures/{path}', posixpath.dirname(page.name))
