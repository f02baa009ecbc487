"""How a command ends: its exit code, and errors as messages instead of tracebacks."""

import sys
from collections.abc import Callable

from chainercv_seg.utils.errors import UserError
from chainercv_seg.utils.failures import describe, exit_code_of


def exit_code(command: Callable[[], None]) -> int:
    """Run a command.

    Args:
        command: Does the work. It ends by itself with 2 on wrong usage, as argparse does.

    Returns:
        0; 1 where something that the user gave is missing, broken or does not fit, which is said
        on standard error; 130 where the user interrupted it. Other errors are ours and pass through.
    """
    try:
        command()
    except (UserError, OSError, KeyboardInterrupt) as error:
        print(f'error: {describe(error)}', file=sys.stderr)
        return exit_code_of(error)
    return 0
