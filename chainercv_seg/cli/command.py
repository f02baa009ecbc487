"""How a command is written, and how it ends: exit codes, and errors as messages instead of tracebacks."""

import argparse
import os
import shlex
import sys
from collections.abc import Callable, Sequence

from chainercv_seg.cli.quiet_decoders import quiet_decoders
from chainercv_seg.cli.streams import lost_output, steady_streams
from chainercv_seg.utils.failures import EXPECTED, describe, exit_code_of


def exit_code(command: Callable[[], None]) -> int:
    """Run a command.

    Args:
        command: Does the work. It ends by itself with 2 on wrong usage, as argparse does.

    Returns:
        0; 1 where something that the user gave is missing, broken or does not fit, which is said
        on standard error; 2 where that is the value of an option; 130 where the user interrupted it.
        Other errors are ours and pass through.
    """
    steady_streams()
    try:
        with quiet_decoders():
            command()
    except EXPECTED as error:
        print(f'error: {describe(error)}', file=sys.stderr)
        return exit_code_of(error)
    if (lost := lost_output()) is not None:
        print(f'error: standard output cannot be written: {lost.strerror}', file=sys.stderr)
        return 1
    return 0


def asks_for_help(arguments: Sequence[str] | None) -> bool:
    """Tell whether a command line, by default the process's own, asks for help alone."""
    return not {'-h', '--help'}.isdisjoint(sys.argv[1:] if arguments is None else arguments)


def command_line(parser: argparse.ArgumentParser, arguments: Sequence[str] | None) -> str:
    """Write a command as it is typed into a shell, so that it can be run again.

    Args:
        parser: The command's.
        arguments: What it parsed, None for the process's own.
    """
    script = parser.prog == os.path.basename(sys.argv[0])  # that is argparse's default
    program = ['python', sys.argv[0]] if script else parser.prog.split()
    return shlex.join([*program, *(sys.argv[1:] if arguments is None else arguments)])
