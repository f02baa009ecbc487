"""Which release of what is installed."""

import sys
from importlib import metadata

import pytest

from chainercv_seg._modern_chainer import environment


@pytest.fixture
def install(monkeypatch):
    """Pretend that a distribution is installed."""

    def pretend(name, version):
        def find(asked):
            if asked == name and version is not None:
                return version
            raise metadata.PackageNotFoundError(asked)

        monkeypatch.setattr(metadata, 'version', find)
        environment.release.cache_clear()

    yield pretend
    environment.release.cache_clear()


@pytest.mark.parametrize(
    ('version', 'expected'),
    [('2.5.5', (2, 5)), ('84', (84, 0)), ('1.26.4', (1, 26)), ('2.10.0rc1', (2, 10))],
)
def test_a_release_is_two_numbers(install, version, expected):
    install('numpy', version)
    assert environment.release('numpy') == expected


def test_what_is_not_installed_is_newer_than_any_release(install):
    install('numpy', '1.26.4')
    assert environment.since('setuptools', 10_000, 0)()


@pytest.mark.parametrize(
    ('version', 'is_open'), [('1.26.4', False), ('2.3.9', False), ('2.4.0', True), ('3.0', True)]
)
def test_a_gap_stays_open_in_later_releases(install, version, is_open):
    install('numpy', version)
    assert environment.since('numpy', 2, 4)() is is_open


@pytest.mark.parametrize(
    ('name', 'version', 'is_open'),
    [
        ('cupy-cuda12x', '13.6.0', False),
        ('cupy-cuda12x', '14.2.0', True),
        ('cupy-cuda13x', '14.0.0', True),
        ('cupy', '13.6.0', False),
        ('cupy', None, True),
    ],
)
def test_cupy_is_the_one_that_is_installed(install, name, version, is_open):
    install(name, version)
    assert environment.cupy_since(14, 0)() is is_open


@pytest.mark.parametrize(
    ('python', 'setuptools', 'warns'),
    [
        ((3, 10), '59.8.0', False),
        ((3, 10), '67.2.0', False),
        ((3, 10), '67.3.0', True),
        ((3, 10), '82.0', True),
        ((3, 10), None, True),
        ((3, 12), '59.8.0', True),
    ],
)
def test_pkg_resources_is_left_alone_where_it_works(
    install, monkeypatch, python, setuptools, warns
):
    install('setuptools', setuptools)
    monkeypatch.setattr(sys, 'version_info', python)
    assert environment.pkg_resources_warns() is warns
