"""The command that evaluates a network in several processes, started by mpiexec."""

import contextlib
import io
import logging
from collections.abc import Sequence

from chainercv_seg.cli.threads import share_cores


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
        return _say_that_mpi_is_missing(error)
    share_cores(MPI.COMM_WORLD)

    # From here on, with NumPy: it had to wait for its number of threads.
    from chainercv_seg.cli import communicators, evaluate
    from chainercv_seg.utils.abort_on_failure import abort_on_failure

    parser = evaluate.build_parser(prog)
    communicators.add_communicator_option(parser)
    with contextlib.ExitStack() as stack:
        if MPI.COMM_WORLD.rank > 0:  # usage once, not once a rank
            stack.enter_context(contextlib.redirect_stderr(io.StringIO()))
            stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
            logging.getLogger('chainercv_seg').setLevel(logging.ERROR)  # warnings too, for good
        options = evaluate.parse(parser, arguments)
    options.command = f'mpiexec -n {MPI.COMM_WORLD.size} {options.command}'
    with abort_on_failure(MPI.COMM_WORLD):
        comm, options.gpu = communicators.connect(options.communicator, options.gpu)
        evaluate.run(options, comm)
    return 0


def _say_that_mpi_is_missing(error: Exception) -> int:
    from chainercv_seg.cli.command import exit_code
    from chainercv_seg.utils.errors import MissingExtraError

    def fail() -> None:
        raise MissingExtraError(
            f'Evaluation in several ranks needs mpi4py and an MPI library: {error}. Install both with: '
            "pip install 'chainercv_seg[mpi]'"
        ) from error

    return exit_code(fail)
