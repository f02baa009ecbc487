import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULE = runpy.run_path(str(ROOT / 'docs' / 'package_page.py'))
package_page, source_url = MODULE['package_page'], MODULE['source_url']
README = (ROOT / 'README.md').read_text('utf-8')


@pytest.mark.parametrize('source', ['https://example.org/files', 'https://example.org/files/'])
def test_links_and_pictures_are_absolute_where_the_repository_has_an_address(source):
    page = package_page(README, source)
    assert '](https://example.org/files/docs/migration.md)' in page
    assert '](https://example.org/files/docs/images/synthetic_street.jpg)' in page
    targets = re.findall(r'\]\(([^)]+)\)', page)
    assert all(target.startswith(('https://', 'http://', '#')) for target in targets)
    for target in targets:
        if target.startswith('https://example.org/'):
            path = target.removeprefix('https://example.org/files/').partition('#')[0]
            assert (ROOT / path).exists()


def test_without_an_address_no_link_leads_nowhere():
    page = package_page(README, None)
    assert not re.findall(r'\]\((?!https?:|#)', page)
    assert '`docs/migration.md`' in page


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('[a.md](a.md)', '`a.md`'),
        ('[the guide](docs/a.md#names)', 'the guide (`docs/a.md`)'),
        ('![A picture](b.jpg)', ''),
        ('[here](#here) and [there](https://example.org)', None),
    ],
)
def test_what_becomes_of_a_link(text, expected):
    assert package_page(text, None) == (text if expected is None else expected)


@pytest.mark.parametrize('url', [None, 'https://example.org/files'])
def test_the_address_is_a_url_of_the_metadata(url):
    text = '[project.urls]\nChainer = "https://chainer.org"\n'
    assert source_url(text + (f'Source = "{url}"\n' if url else '')) == url
