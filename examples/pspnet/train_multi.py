"""Train PSPNet with ChainerMN, a rank a device: see README.md beside this file."""

import argparse
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from chainercv_seg.cli.launch import all_here, lone_rank
from chainercv_seg.cli.parser import Parser
from chainercv_seg.cli.rank_timeout import add_rank_timeout_option, rank_timeout
from chainercv_seg.cli.threads import share_cores


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, and write the weights, the log and snapshots to the output folder.

    Args:
        arguments: The command line, by default the process's own.

    Returns:
        The exit code, 0. Wrong usage exits with 2. Where a rank fails, all are aborted.
    """
    try:
        from mpi4py import MPI
    except (ImportError, RuntimeError) as error:  # RuntimeError: there is no MPI library
        from chainercv_seg.cli.command import asks_for_help
        from chainercv_seg.utils.extras import install_command

        if asks_for_help(arguments):
            parse(['--help'], ranks=1)
        print(f'error: {error}. Install with: {install_command("mpi")}', file=sys.stderr)
        return 1
    world = MPI.COMM_WORLD
    alone = lone_rank(world.size, os.environ, MPI.Get_library_version())
    if alone is not None:
        print(f'error: {alone}', file=sys.stderr)
        return 1
    seconds = rank_timeout(arguments)
    with all_here(world, seconds):
        share_cores(world)

    # From here on, with NumPy: it had to wait for its number of threads.
    from chainercv_seg.cli.parse_together import parse_together
    from chainercv_seg.utils.abort_on_failure import abort_on_failure

    with abort_on_failure(world, rank_timeout=seconds):
        options = parse_together(world, partial(parse, arguments, ranks=world.size))
        if isinstance(options, int):
            return options
        _train(options)
    return 0


def parse(arguments: Sequence[str] | None, *, ranks: int) -> argparse.Namespace:
    """Read the command line; exit with 2 on wrong usage."""
    from chainercv_seg.cli.benchmarks import BENCHMARKS
    from chainercv_seg.cli.communicators import add_communicator_option
    from chainercv_seg.cli.option_types import integer, number, positive_int
    from chainercv_seg.cli.training_precision import add_training_precision_option

    parser = Parser(description='Train PSPNet with ChainerMN, a rank a device.')
    add = parser.add_argument
    add('--dataset', choices=sorted(BENCHMARKS), default='cityscapes', help='default: cityscapes')
    add('--data-dir', default='auto', metavar='FOLDER', help='folder of the data set')
    add('--model', choices=['pspnet_resnet50', 'pspnet_resnet101'], default='pspnet_resnet101',
        help='default: pspnet_resnet101')  # fmt: skip
    add('--initial-weights', default='imagenet', metavar='WEIGHTS',
        help='imagenet (the default: of the extractor), a weight file, or none')  # fmt: skip
    add('--crop-size', type=positive_int, default=713, metavar='PIXELS',
        help='height and width of the crops (default: 713)')  # fmt: skip
    add('--batchsize', type=positive_int, default=16, metavar='N',
        help='crops an iteration, of all ranks together (default: 16)')  # fmt: skip
    add('--iteration', type=positive_int, default=90000, metavar='N', help='default: 90000')
    add('--learning-rate', type=number(0, 1e6), default=0.01, help='the first one (default: 0.01)')
    add('--seed', type=integer(0, 2**32 - 1), default=0, help='of all that is random (default: 0)')
    add('--out', type=Path, default=Path('result'), metavar='FOLDER', help='default: result')
    add('--resume', action='store_true', help='go on from the last snapshots in the output folder')
    add('--log-interval', type=positive_int, default=10, metavar='N', help='default: 10')
    add('--eval-interval', type=positive_int, default=5000, metavar='N', help='default: 5000')
    add('--snapshot-interval', type=positive_int, default=1000, metavar='N', help='default: 1000')
    add('--train-limit', type=positive_int, metavar='N', help='train on the first N images only')
    add('--val-limit', type=positive_int, metavar='N', help='evaluate on the first N images only')
    add_training_precision_option(parser)
    add_communicator_option(parser)
    add_rank_timeout_option(parser)
    options = parser.parse_args(arguments)
    if options.batchsize % ranks:
        parser.error(f'--batchsize must be a multiple of the number of ranks, {ranks}')
    # A training that is shorter than that is logged and evaluated all the same.
    options.log_interval = min(options.log_interval, options.iteration)
    options.eval_interval = min(options.eval_interval, options.iteration)
    if options.crop_size % 8 != 1 or options.crop_size < 49:
        parser.error('--crop-size must be a multiple of 8 and 1 more, from 49 on: 473, 713')
    return options


def _train(options: argparse.Namespace) -> None:
    from recipe import build_trainer, resume

    from chainercv_seg.cli.communicators import connect
    from chainercv_seg.cli.training_precision import set_training_precision
    from chainercv_seg.weights import save_weights

    comm, gpu = connect(options.communicator, options.gpu)
    set_training_precision(options.precision, gpu)
    trainer, network = build_trainer(options, comm, gpu)
    if options.resume:
        resume(trainer, comm)
    elif comm.rank == 0 and any(options.out.glob('snapshot_rank_*')):
        from chainercv_seg.utils import UserError

        raise UserError(
            f'{options.out} holds snapshots of a training: add --resume to go on with it, or choose '
            'another folder with --out'
        )
    if trainer.updater.iteration < options.iteration:  # else Chainer would train as long again
        trainer.run(show_loop_exception_msg=False)  # `main` shows it
    if comm.rank == 0:
        path = options.out / f'{options.model}.npz'
        save_weights(network, path)
        print(f'weights: {path}')


if __name__ == '__main__':
    sys.exit(main())
