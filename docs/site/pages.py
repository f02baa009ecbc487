"""The pages of the site that are written by hand: which document, or section of one, each of them is."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: Sections of the README that say what the site's navigation says.
_LEFT_OUT = {'More'}
#: In the order of the site; what else there is in docs/tutorials comes behind, by name.
_TUTORIALS = (
    'score-your-own-folder',
    'evaluate-pspnet',
    'train-on-your-classes',
    'other-frameworks',
    'gpu',
    'cluster',
)
_FENCED = re.compile(r'^ *(`{3,}|~{3,}).*?^ *\1 *$', re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Page:
    """A page, and the document that it is.

    Attributes:
        name: Where it lies in the site, without a suffix.
        source: The document, from the root of the repository.
        section: The heading of the part of the document that it is; None: all of it.
    """

    name: str
    source: str
    section: str | None = None

    def text(self) -> str:
        """Read the page: Markdown that begins with the heading of the page."""
        text = (ROOT / self.source).read_text('utf-8')
        if self.section is None:
            return text
        found = next(part for heading, part in sections(text) if heading == self.section)
        return f'# {self.section}\n{found}'


def sections(text: str) -> list[tuple[str, str]]:
    """Cut a document at its headings of the second level.

    Args:
        text: Markdown. Lines in fenced blocks are no headings.

    Returns:
        Heading and text of each section; what stands before the first one is left out.
    """
    hidden = _FENCED.sub(lambda block: re.sub('[^\n]', '`', block[0]), text)
    starts = [*re.finditer(r'^## (.+)\n', hidden, re.MULTILINE)]
    ends = [start.start() for start in starts[1:]] + [len(text)]
    return [(start[1], text[start.end() : end]) for start, end in zip(starts, ends, strict=True)]


def slug(heading: str) -> str:
    """Make the anchor of a heading as the hosts of repositories do."""
    return re.sub(r'[^\w\- ]', '', heading.lower()).strip().replace(' ', '-')


def headings(text: str) -> list[str]:
    """List the anchors of a document's headings, in their order."""
    return [slug(found) for found in re.findall(r'^#+ (.+)$', _FENCED.sub('', text), re.MULTILINE)]


def outside_blocks(text: str, replace) -> str:
    """Change a document but for its fenced blocks.

    Args:
        text: Markdown.
        replace: From a piece without fenced blocks to what it becomes.

    Returns:
        The changed document.
    """
    parts, at = [], 0
    for block in _FENCED.finditer(text):
        parts += [replace(text[at : block.start()]), block[0]]
        at = block.end()
    return ''.join([*parts, replace(text[at:])])


def all_pages() -> dict[str, list[Page]]:
    """Find the pages of each part of the site: new documents are taken up as they appear."""
    readme = [
        Page(f'overview/{slug(heading)}', 'README.md', heading)
        for heading, _ in sections((ROOT / 'README.md').read_text('utf-8'))
        if heading not in _LEFT_OUT
    ]
    named = {'benchmarks', 'index', 'migration'}
    guides = [
        Page(f'guide/{path.stem}', f'docs/{path.name}')
        for path in sorted((ROOT / 'docs').glob('*.md'))
        if path.stem not in named
    ]
    examples = [
        Page(f'guide/{path.parent.name}', f'examples/{path.parent.name}/README.md')
        for path in sorted((ROOT / 'examples').glob('*/README.md'))
    ]
    written = {path.stem for path in (ROOT / 'docs/tutorials').glob('*.md')}
    order = [*_TUTORIALS, *sorted(written.difference(_TUTORIALS))]
    tutorials = [Page(f'tutorials/{name}', f'docs/tutorials/{name}.md') for name in order]
    tutorials.insert(3, Page('tutorials/from-chainercv', 'docs/migration.md'))
    decisions = [
        Page(f'decisions/{path.stem}', f'docs/adr/{path.name}')
        for path in sorted((ROOT / 'docs/adr').glob('*.md'))
    ]
    return {
        'overview': readme,
        'tutorials': tutorials,
        'guide': [*guides, *examples],
        'decisions': decisions,
        'project': [
            Page('project/benchmarks', 'docs/benchmarks.md'),
            Page('project/changelog', 'CHANGELOG.md'),
            Page('project/glossary', 'CONTEXT.md'),
            Page('project/contributing', 'CONTRIBUTING.md'),
        ],
    }
