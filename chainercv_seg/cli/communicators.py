"""The communicators that ranks can talk through, and the device of each rank."""

import argparse
import logging
import warnings
from contextlib import nullcontext
from importlib import import_module
from typing import Any

from chainercv_seg.utils.devices import check_gpu, without_cupy
from chainercv_seg.utils.errors import DeviceError
from chainercv_seg.utils.extras import install_command, require_extra

_logger = logging.getLogger(__name__)

COMMUNICATORS = ('auto', 'naive', 'flat', 'non_cuda_aware', 'pure_nccl')


def add_communicator_option(parser: argparse.ArgumentParser) -> None:
    """Add the option that chooses a communicator; the device then follows from it."""
    parser.add_argument(
        '--communicator',
        choices=COMMUNICATORS,
        default='auto',
        help="ChainerMN's communicator (default: pure_nccl with a GPU a rank where every rank has "
        'one that can be used, else naive on the CPU)',
    )
    parser.set_defaults(gpu=None)


def connect(name: str, gpu: int | None) -> tuple[Any, int]:
    """Create a communicator of all ranks and choose the device of this one.

    Args:
        name: One of ``COMMUNICATORS``.
        gpu: Number of a GPU, -1 for the CPU, or None for what goes with the communicator: the
            ``intra_rank``-th GPU of the host, or the CPU for ``'naive'``.

    Returns:
        The communicator, and the number of the GPU or -1. For ``'auto'`` that is ``'naive'`` with GPUs where
        NCCL is missing, which is logged as a warning.

    Raises:
        DeviceError: The communicator needs a GPU, and this rank has none that can be used.
    """
    on_cpu = name == 'naive' if gpu is None else gpu < 0
    with warnings.catch_warnings():
        warnings.filterwarnings('ignore', '.*experimental', FutureWarning)
        with without_cupy() if on_cpu else nullcontext():
            chainermn = require_extra(
                'chainermn', extra='chainer', purpose='Evaluation in several ranks'
            )
            comm = chainermn.create_communicator('naive')
        if name == 'auto':
            wanted = comm.intra_rank if gpu is None else gpu
            everywhere = all(comm.mpi_comm.allgather(wanted >= 0 and _can_use(wanted)))
            if everywhere and not all(comm.mpi_comm.allgather(_has_nccl())):
                _logger.warning(
                    'NCCL is missing: what ranks send goes through the memory of the host, more slowly. '
                    'Install it with: %s (for CUDA 13, cuda13 in the place of cuda12)',
                    install_command('cuda12'),
                )
                return comm, wanted
            name = 'pure_nccl' if everywhere else 'naive'
        if name == 'naive':
            return comm, -1 if gpu is None else gpu
        gpu = comm.intra_rank if gpu is None else gpu
        check_gpu(gpu)
        return chainermn.create_communicator(name), gpu


def _has_nccl() -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')  # CuPy warns at length where it is missing
        try:
            return bool(import_module('cupy.cuda.nccl').available)
        except ImportError:
            return False


def _can_use(gpu: int) -> bool:
    try:
        check_gpu(gpu)
    except DeviceError:
        return False
    return True
