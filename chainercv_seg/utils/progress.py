"""How far a work is, on standard error: a bar on a terminal, elsewhere a line now and then."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import RLock

from chainercv_seg.utils.terminals import bar_size, is_watched

#: The least time between two lines.
LINE_SECONDS = 10.0
#: Held while a bar is drawn. tqdm's own lock is of all processes that were forked: one that is killed
#: while it holds it stops all others for ever.
_DRAWING = RLock()


class ProgressLines:
    """Lines on standard error, with a pause between them.

    Args:
        describe: Says how far the work is.
        seconds: The least time between two lines, and before the first.
    """

    def __init__(self, describe: Callable[[], str], *, seconds: float) -> None:
        self._describe, self._seconds = describe, seconds
        self._start = self._last = time.monotonic()
        self.begun = False

    def show_if_due(self) -> None:
        """Print a line if the last one was long enough ago."""
        if time.monotonic() - self._last >= self._seconds:
            self.show()

    def show(self) -> None:
        """Print a line, if there is a standard error."""
        self._last = time.monotonic()
        self.begun = True
        stream = sys.stderr
        if stream is not None and not stream.closed:
            seconds = self._last - self._start
            print(f'{self._describe()} after {seconds:.0f} s', file=stream, flush=True)


@contextmanager
def show_progress(
    total: int | None,
    *,
    done: int = 0,
    unit: str,
    title: str = '',
    leave: bool = True,
    silent: bool = False,
    seconds: float = LINE_SECONDS,
) -> Iterator[Callable[[int], None]]:
    """Show the progress of a work while it is done.

    Where standard error is no terminal, a work of some seconds says nothing.

    Args:
        total: How much there is to do, or None where that is not known.
        done: How much of it is done already.
        unit: What is counted, for example ``'images'``; ``'B'`` is counted in MB in lines.
        title: What is worked on.
        leave: Whether the bar stays on the terminal.
        silent: Whether to show nothing.
        seconds: The least time between two lines.

    Yields:
        A function to be called with the number of those that are done since it was called last.
    """
    from tqdm import tqdm  # here, since the metrics alone must load fast

    class Bar(tqdm):
        _lock = _DRAWING
        monitor_interval = 0  # else a class of its own has a thread of its own

    scale, shown_unit = (1e6, 'MB') if unit == 'B' else (1, unit)
    of_all = '' if total is None else f'of {total / scale:.0f} '

    def describe() -> str:
        return f'{title}{": " if title else ""}{done / scale:.0f} {of_all}{shown_unit}'

    watched = is_watched()
    with Bar(
        total=total,
        initial=done,
        desc=title or None,
        unit='B' if unit == 'B' else f' {unit}',
        unit_scale=unit == 'B',
        leave=leave,
        miniters=1,
        disable=silent or not watched,
        **bar_size(),
    ) as bar:
        lines = ProgressLines(describe, seconds=seconds)

        def update(count: int) -> None:
            nonlocal done
            done += count
            bar.update(count)
            if not (silent or watched):
                lines.show_if_due()

        yield update
        if lines.begun:
            lines.show()
