"""What is installed, asked without importing it: ``pkg_resources`` warns when it is imported."""

import functools
import re
import sys


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
