"""What Chainer 7.8.1 misses: one table, with what opened each gap."""

import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from chainercv_seg._modern_chainer.environment import release


@dataclass(frozen=True)
class Gap:
    """Something that a module of Chainer asks for and that is gone.

    Attributes:
        module: The module of Chainer.
        since: The release that opened the gap.
        is_open: Says if it is open in this environment. Asked when the module is imported.
        substitutions: Regular expressions and their replacements in the module's source. They
            keep its lines, so that line numbers stay true.
    """

    module: str
    since: str
    is_open: Callable[[], bool]
    substitutions: tuple[tuple[str, str], ...]


def always() -> bool:
    """Open with every Python and NumPy that this package runs on."""
    return True


def pkg_resources_warns() -> bool:
    """Say if ``import pkg_resources`` warns or fails."""
    # setuptools that is old enough not to warn does not run on Python 3.12.
    return sys.version_info >= (3, 12) or release('setuptools') >= (67, 3)


WORKING_SET = r'from chainercv_seg._modern_chainer import working_set as pkg_resources'

GAPS = (
    # The checks are for Accelerate, through numpy.distutils, and for CuPy < 8, through
    # pkg_resources: the second warns of every CuPy that runs on a supported Python.
    Gap(
        'chainer._environment_check',
        'NumPy 1.23 (numpy.distutils), setuptools 67.3 (pkg_resources), CuPy 8',
        always,
        (
            (r'^import numpy\.distutils\.system_info$', ''),
            (r'^import pkg_resources$', ''),
            (r'^    _check_osx_numpy_backend\(\)$', ''),
            (r'^    _check_optional_dependencies\(\)$', ''),
        ),
    ),
    Gap(
        'chainer.testing.helper',
        'setuptools 67.3 (warns), 82 (gone)',
        pkg_resources_warns,
        ((r'^import pkg_resources$', WORKING_SET),),
    ),
    Gap(
        'chainer.testing.doctest_helper',
        'setuptools 67.3 (warns), 82 (gone)',
        pkg_resources_warns,
        ((r'^import pkg_resources$', WORKING_SET),),
    ),
    Gap(
        'chainer.functions.array.resize_images',
        'NumPy 1.24 (numpy.float)',
        lambda: release('numpy') >= (1, 24),
        ((r'\bnumpy\.float\b', 'float'),),
    ),
    Gap(
        'chainer.functions.array.as_strided',
        'NumPy 2.0 (numpy.sctypes)',
        lambda: release('numpy') >= (2, 0),
        (
            (r"\bnp\.sctypes\['int'\]", '(np.int8, np.int16, np.int32, np.int64)'),
            (r"\bgy\.dtype not in np\.sctypes\['float'\]", "gy.dtype.kind != 'f'"),
        ),
    ),
)


def open_gaps(module: str) -> list[Gap]:
    """List the gaps of a module that are open in this environment."""
    return [gap for gap in GAPS if gap.module == module and gap.is_open()]


def mend(source: str, gaps: Iterable[Gap]) -> str:
    """Close gaps in the source of a module."""
    for gap in gaps:
        for old, new in gap.substitutions:
            source = re.sub(old, new, source, flags=re.MULTILINE)
    return source
