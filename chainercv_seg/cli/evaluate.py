"""The command that evaluates a network on a data set."""

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any

from chainercv_seg.cli.benchmarks import BENCHMARKS
from chainercv_seg.cli.command import exit_code
from chainercv_seg.cli.networks import (
    add_network_options,
    build_network,
    check_network_options,
    positive_int,
    weight_file,
)
from chainercv_seg.evaluations import EvaluationResult, evaluate
from chainercv_seg.evaluations.metrics import ABSENT_CLASS_POLICIES
from chainercv_seg.utils.file_sha256 import file_sha256


def main(arguments: Sequence[str] | None = None) -> int:
    """Evaluate a network, and print a score for each class, their means, and the protocol.

    Args:
        arguments: The command line, by default the process's own.

    Returns:
        The exit code: 0, or 1 where something is missing, broken or fails. Wrong usage exits with 2.
    """
    return exit_code(partial(run, parse(build_parser(), arguments)))


def parse(parser: argparse.ArgumentParser, arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line, and exit with 2 where options do not go together."""
    options = parser.parse_args(arguments)
    benchmark = BENCHMARKS[options.dataset]
    options.split = options.split or benchmark.split
    if options.split not in benchmark.splits:
        parser.error(f'--split of {options.dataset} must be one of {", ".join(benchmark.splits)}')
    check_network_options(parser, options)
    return options


def build_parser() -> argparse.ArgumentParser:
    """Build the parser of the command's options."""
    parser = argparse.ArgumentParser(
        description='Evaluate a network on a data set: IoU by class, mean IoU and accuracies.'
    )
    parser.add_argument('--dataset', choices=sorted(BENCHMARKS), required=True, help='the data set')
    add_network_options(parser)
    parser.add_argument(
        '--data-dir',
        default='auto',
        metavar='FOLDER',
        help="folder of the data set (default: ChainerCV's cache)",
    )
    parser.add_argument('--split', help='default: the split of the published scores')
    parser.add_argument(
        '--limit', type=positive_int, metavar='N', help='evaluate the first N images only'
    )
    parser.add_argument(
        '--batchsize',
        type=positive_int,
        default=1,
        metavar='N',
        help='inputs that the network computes at once (default: 1)',
    )
    parser.add_argument(
        '--absent-class',
        choices=ABSENT_CLASS_POLICIES,
        default='skip',
        help='what the mean IoU does about classes in neither truth nor prediction (default: skip)',
    )
    parser.add_argument(
        '--resume',
        metavar='FILE',
        help='a journal of finished images: go on from it, and write to it; it is made if it is missing',
    )
    return parser


def run(options: argparse.Namespace, comm: Any = None) -> None:
    """Evaluate and print.

    Args:
        options: What :func:`parse` returned.
        comm: A ChainerMN communicator, or None for one process. The first rank prints.

    Raises:
        UserError: Something that the user gave is missing, broken or does not fit.
        KeyboardInterrupt: The user interrupted it; how to go on has been said.
    """
    try:
        result = _evaluate(options, comm)
    except KeyboardInterrupt:
        if comm is None or comm.rank == 0:
            print(_how_to_go_on(options), file=sys.stderr)
        raise
    if comm is None or comm.rank == 0:
        print(result.table())
        print(result.protocol_line())


def _how_to_go_on(options: argparse.Namespace) -> str:
    if options.resume is None:
        return 'Nothing was kept. With --resume FILE a run can be interrupted and continued'
    return f'Run the same command again to go on: --resume {options.resume} keeps what is done'


def _evaluate(options: argparse.Namespace, comm: Any) -> EvaluationResult:
    benchmark = BENCHMARKS[options.dataset]
    dataset = benchmark.load(options.data_dir, options.split)
    if options.limit is not None:
        dataset = dataset.slice[: options.limit]
    link = build_network(options, label_names=benchmark.label_names)
    link.batchsize = options.batchsize
    weights = weight_file(options)
    return evaluate(
        link,
        dataset,
        label_names=benchmark.label_names,
        batchsize=options.batchsize,
        absent_class=options.absent_class,
        protocol={'data': f'{benchmark.title} {options.split}'},
        weights=weights.name,
        weights_sha256=file_sha256(weights),
        resume=options.resume,
        comm=comm,
    )
