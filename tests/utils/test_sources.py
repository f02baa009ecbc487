from pathlib import Path

import pytest

from chainercv_seg.utils.sources import file_name, find_sources, list_sources

URLS = ('http://one/a/w.npz', 'https://two/w.npz?raw=1')


def test_without_a_mirror_the_addresses_are_tried_in_their_order():
    assert list_sources(URLS, mirror='', offline=False) == list(URLS)


@pytest.mark.parametrize(
    ('mirror', 'first'),
    [
        ('https://mirror/x/', 'https://mirror/x/w.npz'),
        ('/mirror', Path('/mirror/w.npz')),
        ('relative/', Path('relative/w.npz')),
        ('~/mirror', Path.home() / 'mirror' / 'w.npz'),
        ('file:///a%20b', Path('/a b/w.npz')),
    ],
)
def test_the_mirror_comes_first_under_the_name_of_the_file(mirror, first):
    assert list_sources(URLS, mirror=mirror, offline=False) == [first, *URLS]


def test_every_name_is_looked_for_in_the_mirror():
    sources = list_sources(['http://one/a.zip', 'http://two/b.zip'], mirror='/m', offline=True)
    assert sources == [Path('/m/a.zip'), Path('/m/b.zip')]


def test_offline_leaves_files_only():
    assert list_sources(URLS, mirror='http://mirror', offline=True) == []
    assert list_sources([*URLS, 'file:///f'], mirror='', offline=True) == [Path('/f')]


@pytest.mark.parametrize(
    ('value', 'online'), [('1', False), ('yes', False), ('0', True), ('', True), (None, True)]
)
def test_the_environment_decides(value, online, monkeypatch):
    monkeypatch.delenv('CHAINERCV_SEG_OFFLINE')
    if value is not None:
        monkeypatch.setenv('CHAINERCV_SEG_OFFLINE', value)
    monkeypatch.setenv('CHAINERCV_SEG_MIRROR', '/m')
    assert find_sources(URLS) == [Path('/m/w.npz'), *(URLS if online else ())]


@pytest.mark.parametrize(
    ('url', 'name'),
    [
        ('http://h/a/b.zip?x=/y#z', 'b.zip'),
        ('http://h/a%20b', 'a b'),
        ('http://h/..%2F..%2Fb', 'b'),
        ('http://h/', ''),
        ('http://h', ''),
    ],
)
def test_the_name_is_behind_the_last_slash_of_the_path(url, name):
    assert file_name(url) == name
