"""The command that evaluates a network in several processes, started by mpiexec."""

import argparse
import logging
import os
from collections.abc import Sequence
from functools import partial

from chainercv_seg.cli.launch import all_here, lone_rank
from chainercv_seg.cli.rank_timeout import add_rank_timeout_option, rank_timeout
from chainercv_seg.cli.threads import share_cores

#: What one rank does for all of its host, so that its warnings come from whichever rank does it.
_ONCE_A_HOST = ('chainercv_seg.utils.download', 'chainercv_seg.utils.resuming_downloader')


def main(arguments: Sequence[str] | None = None, *, prog: str | None = None) -> int:
    """Evaluate a network, each rank its share of the images; the first prints as ``evaluate`` does.

    Args:
        arguments: The command line, by default the process's own.
        prog: What the command is called.

    Returns:
        The exit code, 0. Wrong usage exits with 2. Where a rank fails, all are aborted.
    """
    try:
        from mpi4py import MPI
    except (ImportError, RuntimeError) as error:  # RuntimeError: there is no MPI library
        from chainercv_seg.cli.command import asks_for_help
        from chainercv_seg.utils.errors import MissingExtraError
        from chainercv_seg.utils.extras import install_command

        if asks_for_help(arguments):
            _build_parser(prog).parse_args(['--help'])
        return _fail(
            MissingExtraError(
                f'Evaluation in several ranks needs mpi4py and an MPI library: {error}. Install both with: '
                f'{install_command("mpi")}'
            )
        )
    world = MPI.COMM_WORLD
    alone = lone_rank(world.size, os.environ, MPI.Get_library_version())
    if alone is not None:
        from chainercv_seg.utils.errors import RankError

        return _fail(RankError(alone))
    seconds = rank_timeout(arguments)
    with all_here(world, seconds):
        share_cores(world)

    # From here on, with NumPy: it had to wait for its number of threads.
    from chainercv_seg.cli import communicators, evaluate
    from chainercv_seg.cli.parse_together import parse_together
    from chainercv_seg.utils.abort_on_failure import abort_on_failure

    parser = _build_parser(prog)
    with abort_on_failure(world, rank_timeout=seconds):
        options = parse_together(world, partial(evaluate.parse, parser, arguments))
        if isinstance(options, int):
            return options
        if world.rank > 0:
            _warn_once()
        options.command = f'mpiexec -n {world.size} {options.command}'
        comm, options.gpu = communicators.connect(options.communicator, options.gpu)
        evaluate.run(options, comm)
    return 0


def _build_parser(prog: str | None) -> argparse.ArgumentParser:
    from chainercv_seg.cli import communicators, evaluate

    parser = evaluate.build_parser(prog)
    communicators.add_communicator_option(parser)
    add_rank_timeout_option(parser)
    return parser


def _warn_once() -> None:
    """Leave to the first rank what all ranks would warn of."""
    logging.getLogger('chainercv_seg').setLevel(logging.ERROR)
    for name in _ONCE_A_HOST:
        logging.getLogger(name).setLevel(logging.WARNING)


def _fail(error: Exception) -> int:
    from chainercv_seg.cli.command import exit_code

    def fail() -> None:
        raise error

    return exit_code(fail)
