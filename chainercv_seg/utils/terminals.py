"""Whether anybody watches: bars are for terminals."""

import os
import sys

#: How large a terminal is taken to be that does not say it.
_SIZE = {'ncols': 80, 'nrows': 24}


def is_watched() -> bool:
    """Tell whether standard error is a terminal. It may be a file, closed, or not there at all."""
    stream = sys.stderr
    return stream is not None and not stream.closed and stream.isatty()


def bar_size() -> dict[str, int]:
    """Tell tqdm the size of the terminal on standard error, where it cannot find that itself.

    One that was made by a program, as by ``script`` or ``docker run -t``, may say that it has no rows and no
    columns: tqdm would show nothing there.

    Returns:
        ``ncols`` and ``nrows``; nothing where the terminal knows them.
    """
    try:
        size = os.get_terminal_size(sys.stderr.fileno())
    except (OSError, ValueError, AttributeError):  # no terminal, closed, or not there at all
        return {}
    return {} if size.columns > 0 and size.lines > 0 else _SIZE
