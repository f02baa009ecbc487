"""The parts that the site is built with. That it builds is a step of .ci/run."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    *ROOT.glob('*.md'),
    *(ROOT / 'docs').rglob('*.md'),
    *(ROOT / 'examples').rglob('*.md'),
]


@pytest.fixture(autouse=True)
def _importable(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / 'docs' / 'site'))


@pytest.fixture
def links():
    import links
    import pages

    listed = [page for part in pages.all_pages().values() for page in part]
    return links.Links(listed, {'docs/adr': 'decisions/index'})


@pytest.fixture
def document(monkeypatch, tmp_path):
    """Write a document of a repository, and get its page."""
    import links
    import pages

    monkeypatch.setattr(pages, 'ROOT', tmp_path)
    monkeypatch.setattr(links, 'ROOT', tmp_path)
    (tmp_path / 'pyproject.toml').write_text('')

    def write(text, source='docs/a.md', section=None):
        path = tmp_path / source
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return pages.Page(f'guide/{path.stem}', source, section)

    return write


class TestPages:
    def test_every_document_is_a_page(self):
        import pages

        sources = {page.source for part in pages.all_pages().values() for page in part}
        documents = {path.relative_to(ROOT).as_posix() for path in DOCUMENTS}
        assert documents - sources == {'docs/index.md'}

    def test_a_section_is_cut_at_the_next_heading_but_not_at_one_in_a_block(self):
        import pages

        text = '# A\nfirst\n## B\nb\n```sh\n## no heading\n```\n### C\nc\n## D\nd\n'
        assert pages.sections(text) == [
            ('B', 'b\n```sh\n## no heading\n```\n### C\nc\n'),
            ('D', 'd\n'),
        ]

    @pytest.mark.parametrize(
        ('heading', 'anchor'),
        [
            ("Chainer on today's Python", 'chainer-on-todays-python'),
            ('`a_b`, c (d)', 'a_b-c-d'),
        ],
    )
    def test_anchors_are_those_of_the_hosts_of_repositories(self, heading, anchor):
        import pages

        assert pages.slug(heading) == anchor


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('# A b\n\nOne [two](c.md)\nthree. Four.\n', '- **[A b](a.md)**\n\n  One two three.\n'),
        ('# A b\n\nOne two:\n\n- x\n', '- **[A b](a.md)**\n\n  One two\n'),
        ('# A b\n\n## Status\n\nAccepted.\n', '- **[A b](a.md)**\n'),
        ('# A b\n\n```\nx. y\n```\n', '- **[A b](a.md)**\n'),
    ],
)
def test_a_page_is_listed_with_its_first_sentence(text, expected):
    from cards import card

    assert card('guide/a', text) == expected


class TestLinks:
    def test_all_documents_link_to_pages(self, links):
        import pages

        for part in pages.all_pages().values():
            for page in part:
                assert not re.search(r'\]\([^)]*README', links.rewrite(page))

    def test_a_link_to_a_section_leads_to_its_page(self, document):
        import links

        readme = document('# T\n## Data\n### Layout\n', 'README.md', 'Data')
        page = document('[a](../README.md#data) [b](../README.md#layout) [c](../README.md)')
        rewritten = links.Links([readme, page], {}).rewrite(page)
        assert rewritten == '[a](README.md) [b](README.md#layout) [c](../index.md)'

    def test_a_file_that_is_no_page_becomes_its_name(self, document, tmp_path):
        import links

        (tmp_path / 'run.py').write_text('')
        page = document('[run it](../run.py)\n```\n[a](b)\n```\n')
        assert links.Links([page], {}).rewrite(page) == 'run it (`run.py`)\n```\n[a](b)\n```\n'

    @pytest.mark.parametrize('target', ['gone.md', '../README.md#gone'])
    def test_a_link_that_leads_nowhere_is_an_error(self, document, target):
        import links

        document('# T\n', 'README.md')
        page = document(f'[a]({target})')
        with pytest.raises(ValueError, match='gone'):
            links.Links([page], {}).rewrite(page)


class TestCheckLinks:
    @pytest.mark.parametrize(
        ('html', 'broken'),
        [
            ('<a href="b.html#x">', None),
            ('<a href="#here"><p id="here">', None),
            ('<a href="https://example.org/gone">', None),
            ('<a href="b.html#y">', 'no such anchor'),
            ('<a href="c.html">', 'not there'),
            ('<img src="c.png">', 'not there'),
            ('<script src="/b.html">', 'not there'),
        ],
    )
    def test_a_broken_link_is_a_line(self, html, broken, tmp_path):
        from check_links import broken_links

        (tmp_path / 'a.html').write_text(html)
        (tmp_path / 'b.html').write_text('<h1 id="x">')
        lines = broken_links(tmp_path)
        assert len(lines) == (broken is not None)
        assert broken is None or (broken in lines[0] and lines[0].startswith('a.html: '))


def test_the_first_page_has_a_place_for_each_part_of_a_report(tmp_path):
    from example import with_parts

    report = tmp_path / 'report.html'
    report.write_text(
        '<div class="images">I</div><div class="wide"><table class="classes">C</table></div>'
        '<svg class="plot">P</svg><div class="wide"><svg class="matrix">M</svg></div>'
    )
    text = with_parts((ROOT / 'docs/index.md').read_text(), report)
    assert '<!-- report' not in text
    for part in ('>I<', '>C<', '>P<', '>M<'):
        assert part in text
    report.write_text('')
    with pytest.raises(ValueError, match='images'):
        with_parts((ROOT / 'docs/index.md').read_text(), report)


class TestBlocks:
    @pytest.mark.parametrize('path', DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
    def test_what_is_not_run_says_why(self, path):
        for skip in re.findall(r'^<!--+ *skip:.*', path.read_text(), re.MULTILINE):
            assert re.fullmatch(r'<!-- skip: ((next|start) "[^"]+"|end) -->', skip)

    def test_tutorials_hold_only_blocks_that_are_run_or_compared(self):
        for path in (ROOT / 'docs/tutorials').glob('*.md'):
            languages = re.findall(r'^```(.*)\n(?:.*\n)*?```$', path.read_text(), re.MULTILINE)
            assert set(languages) <= {'sh', 'python', 'text'}, path

    @pytest.mark.parametrize(
        ('block', 'message'),
        [
            ('```sh\nexit 3\n```', 'exit code 3'),
            ('```python\n1 / 0\n```', 'ZeroDivisionError'),
            ('```sh\necho a b c\n```\n```text\na ... d\n```', 'the document says'),
            ('```python\nprint(1)\n```\n```text\n2\n```', 'the document says'),
        ],
    )
    def test_a_wrong_document_fails(self, block, message, tmp_path):
        done = _run(tmp_path, block)
        assert done.returncode == 1
        assert message in done.stdout

    def test_blocks_share_a_folder_and_a_namespace(self, tmp_path):
        done = _run(
            tmp_path,
            '```sh\necho here > file\n```\n```python\nx = open("file").read()\n```\n'
            '<!-- skip: next "no reason" -->\n```sh\nexit 1\n```\n```python\nprint(x, 2)\n```\n'
            '```text\nhe...\n...2\n```\n',
        )
        assert done.returncode == 0, done.stdout
        assert '5 passed, 1 skipped' in done.stdout


def _run(folder, text):
    pytest.importorskip('sybil')
    (folder / 'a.md').write_text(text)
    command = [sys.executable, '-m', 'pytest', '-p', 'code_blocks', '-p', 'no:cacheprovider', '-q']
    return subprocess.run(
        [*command, '--rootdir', str(folder), str(folder / 'a.md')],
        env={**os.environ, 'PYTHONPATH': str(ROOT / 'docs' / 'site')},
        capture_output=True,
        text=True,
    )
