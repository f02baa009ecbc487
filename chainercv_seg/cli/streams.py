"""Standard output and standard error that never keep a command from its work."""

import io
import logging
import os
import sys
from contextlib import suppress
from typing import Any


def steady_streams() -> None:
    """Let the process print whatever its streams can take.

    What an encoding lacks is printed as an escape. A stream that takes no more, since its reader is gone
    (``| head``) or its disk is full, swallows the rest. One that was closed before the start (``>&-``)
    is opened to nowhere, lest a file for results takes its number. Streams that the caller has put in the
    place of the process's are left alone.
    """
    for number in range(3):
        with suppress(OSError):  # it is open
            os.fstat(number)
            continue
        os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free: this one
    for number, name in ((1, 'stdout'), (2, 'stderr')):
        stream: Any = getattr(sys, name)
        if stream is None:
            setattr(sys, name, _Steady(number, 'utf-8'))
        elif stream is not getattr(sys, f'__{name}__'):
            continue
        elif (
            stream.isatty()
        ):  # it has no reader that goes, and on Windows a way of its own to write
            stream.reconfigure(errors='backslashreplace')
        else:
            stream.flush()
            setattr(sys, name, _Steady(number, stream.encoding))
    if logging.lastResort is not None:  # what says our warnings where nobody asked for another way
        logging.lastResort.setFormatter(_OneLine())


def lost_output() -> OSError | None:
    """Tell why some of what was printed did not get to its reader, who is still there."""
    descriptor = getattr(getattr(sys.stdout, 'buffer', None), 'raw', None)
    failure = descriptor.failure if isinstance(descriptor, _Descriptor) else None
    return None if isinstance(failure, BrokenPipeError) else failure


class _OneLine(logging.Formatter):
    """Names of files in a warning do not steer the terminal either."""

    def format(self, record: logging.LogRecord) -> str:
        # Here, since it comes with NumPy, before which ranks have things to settle.
        from chainercv_seg.utils.printable import printable

        return printable(super().format(record))


class _Steady(io.TextIOWrapper):
    """A stream of the process, in the place of Python's."""

    def __init__(self, number: int, encoding: str) -> None:
        super().__init__(
            io.BufferedWriter(_Descriptor(number, 'w', closefd=False)),
            encoding=encoding,
            errors='backslashreplace',
            line_buffering=True,
        )


class _Descriptor(io.FileIO):
    """A file descriptor that goes nowhere once nothing more can be written to it."""

    failure: OSError | None = None

    def write(self, data: Any) -> int:
        try:
            return super().write(data) or 0
        except OSError as error:
            self.failure = error
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            return len(data)
