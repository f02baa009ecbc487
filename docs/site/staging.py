"""The folder that the generator reads: all pages, with links that hold in the site."""

import re
import shutil
from pathlib import Path

from api import api_page, rooms
from cards import cards
from commands import commands_page
from example import with_parts
from links import Links
from pages import ROOT, Page, all_pages

#: Parts of the site, and what their own pages say above the list of what is in them.
_PARTS = {
    'overview': ('Overview', 'What there is, and what it does: the README, section by section.'),
    'tutorials': (
        'Tutorials',
        'From nothing to a result. The tests run every block that is not marked.',
    ),
    'guide': ('Guide', 'One subject a page.'),
    'reference': ('Reference', 'Commands, and every public name.'),
    'decisions': ('Decisions', 'Why it is as it is, and what else was weighed.'),
    'project': ('Project', 'Benchmarks, what has changed, words, and how to take part.'),
}

_SKIPPED = re.compile(r'^<!-- skip: (?:next|start) "(.+)" -->$', re.MULTILINE)
#: Folders of the repository that have a page.
_FOLDERS = {'docs/adr': 'decisions/index', 'docs/tutorials': 'tutorials/index'}


def stage(folder: Path, report: Path) -> None:
    """Write the source of the site.

    Args:
        folder: Where; what is there is replaced.
        report: The report of an evaluation, of which the first page shows parts.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    pages = all_pages()
    listed = [page for part in pages.values() for page in part]
    links = Links(listed, _FOLDERS)
    _write_part(folder, 'reference', ['reference/commands', *_write_api(folder)])
    _write(folder / 'reference/commands.md', commands_page())
    for part, within in pages.items():
        texts = {page.name: _with_skips_shown(links.rewrite(page)) for page in within}
        for name, text in texts.items():
            _write(folder / f'{name}.md', text)
        _write_part(folder, part, list(texts), cards(texts))
    first = with_parts(links.rewrite(Page('index', 'docs/index.md')), report)
    hidden = _toctree([f'{part}/index' for part in _PARTS], ':hidden:')
    _write(folder / 'index.md', f'{first}\n{hidden}')
    for picture in links.pictures:
        _copy(ROOT / picture, folder / 'pictures' / picture)


def _write_part(folder: Path, part: str, names: list[str], shown: str = '') -> None:
    """Write the first page of a part of the site, which lists the others."""
    title, text = _PARTS[part]
    hidden = [':hidden:'] if shown else []
    listed = _toctree([Path(name).name for name in names], *hidden)
    _write(folder / part / 'index.md', f'# {title}\n\n{text}\n\n{shown}\n{listed}')


def _with_skips_shown(text: str) -> str:
    """Say above each block that is not run why, where the tests of documents have it in a comment."""
    return _SKIPPED.sub(r'{.not-run}\nNot run by the tests: \1.', text)


def _write_api(folder: Path) -> list[str]:
    names = []
    for module in rooms():
        names.append(f'reference/{module.partition(".")[2]}')
        _write(folder / f'{names[-1]}.rst', api_page(module))
    return names


def _toctree(entries: list[str], *options: str) -> str:
    return '\n'.join(['```{toctree}', ':maxdepth: 1', *options, '', *entries, '```', ''])


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, 'utf-8')


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
