"""The command that compiles kernels before they are needed."""

import argparse
import time
from collections.abc import Sequence
from functools import partial

from chainercv_seg.cli.command import exit_code
from chainercv_seg.cli.parser import Parser
from chainercv_seg.engines.engine import DEFAULT_PRECISION
from chainercv_seg.utils.devices import without_cupy
from chainercv_seg.utils.errors import UsageError
from chainercv_seg.utils.extras import require_extra
from chainercv_seg.utils.printable import printable


def main(arguments: Sequence[str] | None = None, *, prog: str | None = None) -> int:
    """Compile the kernels of all networks, so that the first prediction need not.

    Args:
        arguments: The command line, by default the process's own.
        prog: What the command is called.

    Returns:
        The exit code: 0, or 1 where numba is missing or kernels cannot be kept. Wrong usage exits with 2.
    """
    parser = Parser(
        prog=prog,
        description='Compile what networks on the CPU need, so that the first prediction does not wait. '
        'Once for an installation, for each user and each kind of processor.',
    )
    parser.add_argument(
        '--precision',
        default=DEFAULT_PRECISION,
        metavar='NAME',
        help='in what networks are computed: float32 (the default), or bfloat16',
    )
    return exit_code(partial(_warm_up, parser.parse_args(arguments)))


def _warm_up(options: argparse.Namespace) -> None:
    with without_cupy():
        require_extra('chainer', extra='chainer', purpose='A network')
        from chainercv_seg.prepared.warm_up import warm_up
    start = time.perf_counter()
    try:
        compiled, folder = warm_up(options.precision)
    except ValueError as error:
        raise UsageError(f'--{error}') from error
    seconds = time.perf_counter() - start
    print(printable(f'{compiled} kernels compiled in {seconds:.0f} s, kept in {folder}'))
