"""Functions that remember results, in tests that put something else in the place of what they call."""

from contextlib import contextmanager


@contextmanager
def forgotten(*functions):
    """Let cached functions forget before and after."""
    for function in functions:
        function.cache_clear()
    yield
    for function in functions:
        function.cache_clear()
