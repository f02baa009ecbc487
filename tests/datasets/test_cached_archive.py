import pytest

from chainercv_seg import utils
from chainercv_seg.datasets.cached_archive import Archive, locate

ARCHIVE = Archive(('http://a/x.zip', 'http://b/x.zip'), 'top/x', size=7)


@pytest.fixture
def fetched(monkeypatch):
    """What is asked of the download, which puts the data there."""
    calls = []

    def fetch(urls, target, *, expected, **options):
        if all((target / path).exists() for path in expected):
            return
        calls.append((urls, target, expected, options))
        (target / 'top' / 'x').mkdir(parents=True)
        (target / 'top' / 'x' / 'val.txt').touch()

    monkeypatch.setattr(utils, 'fetch_archive', fetch)
    return calls


def test_what_is_missing_in_the_cache_is_fetched_once(cache_folder, fetched):
    folder = cache_folder.parent / 'x'
    for _ in range(2):
        found, remedy = locate('auto', ARCHIVE, ['val.txt'], name='x')
        assert found == folder / 'top' / 'x'
        assert remedy == f'remove {found}: it is then downloaded again'
    assert fetched == [(ARCHIVE.urls, folder, ('top/x/val.txt',), {'sha256': None, 'size': 7})]


def test_a_folder_that_is_given_is_taken_as_it_is(tmp_path, fetched):
    found, remedy = locate(str(tmp_path), ARCHIVE, ['val.txt'], name='x')
    assert found == tmp_path
    assert remedy == "leave data_dir at 'auto', which downloads http://a/x.zip"
    assert fetched == []
