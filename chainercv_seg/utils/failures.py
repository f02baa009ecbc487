"""What to say of an error, and with which exit code to end."""

import os

from chainercv_seg.utils.errors import UsageError, UserError
from chainercv_seg.utils.printable import printable

#: Errors that are not ours: they are said in one line, without a traceback.
EXPECTED = (UserError, OSError, MemoryError, KeyboardInterrupt)
#: As shells have it for a process that was interrupted: 128 + SIGINT.
INTERRUPTED = 130


def describe(error: BaseException) -> str:
    """Say what went wrong.

    Args:
        error: An exception, with notes or without.

    Returns:
        Its message, with its type where that is not one of the user's errors, and its notes: one line.
    """
    if isinstance(error, KeyboardInterrupt):
        message = 'interrupted'
    elif isinstance(error, MemoryError):
        what = f' ({error})' if str(error) else ''
        message = f'the memory is not enough{what}: smaller batches, crops or inputs need less'
    elif isinstance(error, OSError) and error.filename and error.strerror:
        message = f'{os.fsdecode(error.filename)}: {error.strerror}'
    elif isinstance(error, UserError | OSError):
        message = str(error)
    else:
        message = f'{type(error).__name__}: {error}'
    return printable('; '.join([message, *getattr(error, '__notes__', ())]))


def exit_code_of(error: BaseException) -> int:
    """Tell the exit code for an error that ends a command."""
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED
    return 2 if isinstance(error, UsageError) else 1
