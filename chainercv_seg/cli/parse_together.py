"""Options that all ranks have in common."""

import argparse
import contextlib
import io
import socket
import sys
from collections.abc import Callable
from typing import Any

from chainercv_seg.evaluations.agreement import require_agreement, version_terms
from chainercv_seg.utils.errors import RankError

#: What each host may have its own way: devices, and where the data and the weights are, which are compared
#: themselves before the first image.
_OWN = (
    *('gpu', 'threads', 'rank_timeout', 'command'),
    *('data_dir', 'images', 'labels', 'label_names', 'pretrained_model', 'initial_weights'),
)
#: Paths that each host may have its own way, if it has any.
_PLACES = ('output', 'save_predictions', 'resume', 'out', 'class_groups')


def parse_together(comm: Any, parse: Callable[[], argparse.Namespace]) -> argparse.Namespace | int:
    """Parse the command line of each rank, and let them go on only if it is the same.

    Args:
        comm: A communicator of mpi4py. All its ranks call this.
        parse: Parses this rank's. It may exit, as argparse does on wrong usage and after ``--help``.

    Returns:
        This rank's options; or the exit code where all ranks exit alike, which the first has said why.

    Raises:
        RankError: In all ranks, where one is to do other things than another, or runs another version.
    """
    out, err = io.StringIO(), io.StringIO()
    options, code = None, None
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            options = parse()
        except SystemExit as stop:
            code = stop.code
    everyone = comm.allgather((socket.gethostname(), code, err.getvalue()))
    if options is None and len({other for _, other, _ in everyone}) == 1:
        if comm.rank == 0:
            print(out.getvalue(), end='')
            print(err.getvalue(), end='', file=sys.stderr)
        return int(code or 0)
    for rank, (host, other, text) in enumerate(everyone):
        if other is not None:
            said = text.strip().splitlines()[-1:] or ['it only asks for help']
            raise RankError(
                f'rank {rank} on {host} has another command line, or another version, than other ranks: '
                f'{said[0]}. Give all ranks the same'
            )
    assert options is not None
    require_agreement(comm, {**version_terms(), **option_terms(options)})
    return options


def option_terms(options: argparse.Namespace) -> dict[str, str]:
    """Describe options by what has to be the same in all ranks.

    Args:
        options: What was parsed.

    Returns:
        Terms for :func:`~chainercv_seg.evaluations.agreement.require_agreement`. Devices and threads are
        left out, and so are paths, for each host may have its own.
    """
    terms = {}
    for name, value in vars(options).items():
        if name in _PLACES:
            value = 'given' if value else 'not given'
        if name not in _OWN:
            terms[f'--{name.replace("_", "-")}'] = str(value)
    return terms
