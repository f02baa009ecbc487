"""What is installed, asked without importing it: ``pkg_resources`` warns when it is imported."""

import functools
import re
import sys
from collections.abc import Callable


@functools.cache
def release(distribution: str) -> tuple[int, int]:
    """Say which release of a distribution is installed.

    Args:
        distribution: Name of the distribution.

    Returns:
        Its major and minor number. What is not installed counts as newer than any release: it
        lacks whatever a release has taken away.
    """
    from importlib import metadata  # Takes 20 ms, and often Chainer is never imported.

    try:
        match = re.match(r'(\d+)(?:\.(\d+))?', metadata.version(distribution))
    except metadata.PackageNotFoundError:
        match = None
    return (int(match[1]), int(match[2] or 0)) if match else (sys.maxsize, 0)


def since(distribution: str, major: int, minor: int) -> Callable[[], bool]:
    """Make the condition that a release, or a newer one, is installed."""
    return lambda: release(distribution) >= (major, minor)


def cupy_since(major: int, minor: int) -> Callable[[], bool]:
    """Make the condition that a release of CuPy, or a newer one, is installed, for whatever CUDA."""

    def holds() -> bool:
        releases = [release(f'cupy{suffix}') for suffix in ('-cuda12x', '-cuda13x', '')]
        return (major, minor) <= min(releases)

    return holds


def always() -> bool:
    """Hold with every Python and NumPy that this package runs on."""
    return True


def pkg_resources_warns() -> bool:
    """Say if ``import pkg_resources`` warns or fails."""
    # setuptools that is old enough not to warn does not run on Python 3.12.
    return sys.version_info >= (3, 12) or release('setuptools') >= (67, 3)
