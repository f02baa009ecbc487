"""Whether anybody watches: bars are for terminals."""

import sys


def is_watched() -> bool:
    """Tell whether standard error is a terminal. It may be a file, closed, or not there at all."""
    stream = sys.stderr
    return stream is not None and not stream.closed and stream.isatty()
