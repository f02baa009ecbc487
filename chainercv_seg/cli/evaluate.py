"""The command that evaluates a network on a data set."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from chainercv_seg.cli.benchmarks import BENCHMARKS
from chainercv_seg.cli.command import command_line, exit_code
from chainercv_seg.cli.data_options import (
    DEFAULT_DATASET,
    add_data_options,
    check_data_options,
)
from chainercv_seg.cli.folder_benchmark import (
    FOLDER,
    add_folder_options,
    check_folder_options,
    data_title,
    find_benchmark,
)
from chainercv_seg.cli.measure_options import (
    add_measure_options,
    check_measure_options,
    chosen_measures,
)
from chainercv_seg.cli.network_weights import published_scores, weight_file
from chainercv_seg.cli.networks import (
    add_network_options,
    build_network,
    check_network,
    check_network_options,
)
from chainercv_seg.cli.notes import notes_on_network
from chainercv_seg.cli.option_types import positive_int
from chainercv_seg.cli.parser import Parser
from chainercv_seg.cli.per_image import check_interval_options, wants_per_image
from chainercv_seg.cli.report_details import report_details
from chainercv_seg.cli.result_folder import add_result_options, check_result_folders
from chainercv_seg.cli.results import Results
from chainercv_seg.cli.share_options import add_share_option, check_share_option, tell_share
from chainercv_seg.evaluations import evaluate
from chainercv_seg.evaluations.agreement import data_terms, require_agreement
from chainercv_seg.evaluations.shares import share_of_rank
from chainercv_seg.utils.file_sha256 import file_sha256
from chainercv_seg.utils.printable import printable


def main(arguments: Sequence[str] | None = None, *, prog: str | None = None) -> int:
    """Evaluate a network, and print a score for each class, their means, and the protocol.

    Args:
        arguments: The command line, by default the process's own.
        prog: What the command is called.

    Returns:
        The exit code: 0, or 1 where something is missing, broken or fails. Wrong usage exits with 2.
    """
    return exit_code(partial(run, parse(build_parser(prog), arguments)))


def parse(parser: argparse.ArgumentParser, arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line, and exit with 2 where options do not go together."""
    options = parser.parse_args(arguments)
    check_folder_options(parser, options, images_for='the command')
    options.labelled = True
    if options.dataset != FOLDER:
        benchmark = BENCHMARKS[options.dataset]
        check_data_options(parser, options, benchmark, unlabelled=True)
        options.labelled = options.split in benchmark.splits
    if not options.labelled:
        if options.save_predictions is None:
            parser.error(f'{options.split} has no labels: give --save-predictions')
        if options.output is not None or wants_per_image(options):
            parser.error(f'{options.split} has no labels: there are no results to write')
        if options.measures:
            parser.error(f'{options.split} has no labels: there is nothing to measure')
    check_interval_options(parser, options)
    check_measure_options(parser, options)
    check_share_option(parser, options)
    check_network_options(parser, options)
    options.command = command_line(parser, arguments)
    return options


def build_parser(prog: str | None = None) -> argparse.ArgumentParser:
    """Build the parser of the command's options."""
    parser = Parser(
        prog=prog,
        description='Evaluate a network on a data set: IoU by class, mean IoU and accuracies.',
    )
    add_data_options(parser, FOLDER, default=DEFAULT_DATASET)
    add_network_options(parser)
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
        '--resume',
        metavar='FILE',
        help='a journal of finished images: go on from it, and write to it; it is made if it is missing',
    )
    parser.add_argument(
        '--mixed-gpus',
        action='store_true',
        help='let ranks, and the runs of a journal, have GPUs of different kinds: counts then depend a '
        'little on which of them predicts what',
    )
    parser.add_argument(
        '--save-predictions',
        type=Path,
        metavar='FOLDER',
        help='write the label map of each image there, as the benchmark wants it',
    )
    add_share_option(parser)
    add_result_options(parser)
    add_measure_options(parser)
    add_folder_options(parser)
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
        _evaluate(options, comm)
    except KeyboardInterrupt:
        if comm is None or comm.rank == 0:
            print(printable(_how_to_go_on(options)), file=sys.stderr)
        raise


def _how_to_go_on(options: argparse.Namespace) -> str:
    if options.resume is None:
        return 'Nothing was kept. With --resume FILE a run can be interrupted and continued'
    return f'Run the same command again to go on: --resume {options.resume} keeps what is done'


def _evaluate(options: argparse.Namespace, comm: Any) -> None:
    benchmark = find_benchmark(options)
    split = options.split or benchmark.split
    check_result_folders(options)
    check_network(options, label_names=benchmark.label_names)
    measures = chosen_measures(options, benchmark.label_names)
    dataset = benchmark.load(options.data_dir, split)
    if options.limit is not None:
        dataset = dataset.slice[: options.limit]
    if comm is not None:  # evaluate compares more, when folders for results have been made
        terms = {
            'weights': file_sha256(weight_file(options)),
            **data_terms(dataset, benchmark.label_names),
        }
        require_agreement(comm.mpi_comm, terms)
    whole = options.share == (1, 1)
    n_own = len(share_of_rank(len(dataset), options.share, 0, 1))
    results = Results(
        options,
        benchmark,
        dataset,
        save_predictions=options.save_predictions,
        labelled=options.labelled and whole,
        n_own=n_own,
        measures=measures,
    )
    link = build_network(options, label_names=benchmark.label_names)
    link.batchsize = options.batchsize
    weights = weight_file(options)
    data = f'{benchmark.title} {split}'
    title = f'{link.protocol["model"]} on {data_title(options, benchmark, split)}'
    published = () if options.limit else published_scores(options)  # they are of all images
    result = evaluate(
        link,
        dataset,
        label_names=benchmark.label_names,
        batchsize=options.batchsize,
        absent_class=options.absent_class,
        protocol={'data': data},
        weights=weights.name,
        weights_sha256=file_sha256(weights),
        on_done=results.on_done,
        on_image=results.on_image,
        measures=measures,
        share=options.share,
        resume=options.resume,
        mixed_gpus=options.mixed_gpus,
        details=report_details(options, title, published),
        comm=comm,
    )
    notes = (
        notes_on_network(options, benchmark, dataset, result) if options.labelled and whole else ()
    )
    results.finish(
        replace(result, notes=notes),
        title=title,
        predict=lambda _, img: link.predict([img])[0],
        published=published,
        comm=comm,
    )
    if not whole and (comm is None or comm.rank == 0):
        print(printable(tell_share(options, n_own, len(dataset))))
