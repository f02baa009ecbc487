"""The option that says for how long a rank may not be heard of.

Imports nothing that computes: it is read before the ranks have shared out the cores.
"""

import argparse
from collections.abc import Sequence

#: In seconds; longer than the slowest image.
DEFAULT = 600.0
#: Three years. What is much longer no lock of Python can wait for.
_LONGEST = 1e8


def add_rank_timeout_option(parser: argparse.ArgumentParser) -> None:
    """Add the option; :func:`rank_timeout` has read it by then."""
    parser.add_argument(
        '--rank-timeout',
        type=_seconds,
        default=DEFAULT,
        metavar='SECONDS',
        help='end all ranks when one is not heard of, or is at one image, for so long; longer than the '
        f'slowest image (default: {DEFAULT:g})',
    )


def rank_timeout(arguments: Sequence[str] | None) -> float:
    """Read the option alone, ahead of the others.

    Args:
        arguments: The command line, by default the process's own.

    Returns:
        Seconds; the default where the option is missing or wrong, which the parser will say.
    """
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    add_rank_timeout_option(parser)
    try:
        return parser.parse_known_args(arguments)[0].rank_timeout
    except argparse.ArgumentError:
        return DEFAULT


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= _LONGEST:
        raise argparse.ArgumentTypeError(
            f'must be a positive number of seconds, at most {_LONGEST:g}, but is {text[:40]!r}'
        )
    return value
