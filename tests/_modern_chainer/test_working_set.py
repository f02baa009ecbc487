"""The stand-in for pkg_resources, alone and in chainer.testing."""

import unittest

import chainer.testing
import numpy as np
import pytest
from chainer.testing import doctest_helper

from chainercv_seg._modern_chainer.working_set import ResolutionError, WorkingSet

MET = [
    ('numpy',),
    ('NumPy>=1.26',),
    (f'numpy=={np.__version__}', 'chainer>=7,<8'),
    ("absent-distribution; python_version < '3'",),
    (),
]
UNMET = [
    ('numpy<1',),
    ('absent-distribution',),
    ('numpy', 'chainer>=8'),
]


@pytest.mark.parametrize('requirements', MET)
def test_installed_versions_satisfy(requirements):
    WorkingSet().require(*requirements)


@pytest.mark.parametrize('requirements', UNMET)
def test_missing_and_other_versions_do_not_satisfy(requirements):
    with pytest.raises(ResolutionError, match='is required'):
        WorkingSet().require(*requirements)


def skipped(decorator):
    class Case(unittest.TestCase):
        @decorator
        def test(self):
            pass

    result = unittest.TestResult()
    Case('test').run(result)
    return bool(result.skipped)


@pytest.mark.parametrize(
    ('requirements', 'met'), [(r, True) for r in MET] + [(r, False) for r in UNMET]
)
def test_chainer_skips_tests_by_what_is_installed(requirements, met):
    assert skipped(chainer.testing.with_requires(*requirements)) is not met
    assert skipped(chainer.testing.without_requires(*requirements)) is met
    assert doctest_helper.skipif_requires_satisfied(*requirements) is met
