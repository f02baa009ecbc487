"""The command that scores a folder of predictions."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from chainercv_seg.cli.benchmarks import BENCHMARKS, Benchmark
from chainercv_seg.cli.command import command_line, exit_code
from chainercv_seg.cli.data_options import add_data_options, check_data_options
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
from chainercv_seg.cli.notes import notes_on_files
from chainercv_seg.cli.parser import Parser
from chainercv_seg.cli.per_image import check_interval_options
from chainercv_seg.cli.result_folder import add_result_options, check_result_folders
from chainercv_seg.cli.results import Results
from chainercv_seg.cli.threads import own_cores
from chainercv_seg.datasets import LabelFormat, plain_label_format
from chainercv_seg.evaluations.prediction_files import (
    find_predictions,
    read_prediction,
    require_folder,
)
from chainercv_seg.evaluations.samples import sample_name
from chainercv_seg.evaluations.score_predictions import score_predictions
from chainercv_seg.utils.errors import DatasetError


def main(arguments: Sequence[str] | None = None, *, prog: str | None = None) -> int:
    """Score predictions that are files, and print what ``evaluate`` prints.

    Args:
        arguments: The command line, by default the process's own.
        prog: What the command is called.

    Returns:
        The exit code: 0, or 1 where something is missing, broken or does not fit. Wrong usage exits
        with 2.
    """
    parser = _parser(prog)
    options = parser.parse_args(arguments)
    check_folder_options(parser, options, images_for='--report' if options.report else None)
    if options.dataset != FOLDER:
        check_data_options(parser, options, BENCHMARKS[options.dataset])
    check_interval_options(parser, options)
    check_measure_options(parser, options)
    options.command = command_line(parser, arguments)
    return exit_code(partial(_score, options))


def _parser(prog: str | None) -> argparse.ArgumentParser:
    parser = Parser(
        prog=prog,
        description='Score label maps in files: IoU by class, mean IoU and accuracies. '
        'Neither Chainer nor a GPU is needed.',
    )
    add_data_options(parser, FOLDER)
    parser.add_argument(
        '--predictions',
        type=Path,
        required=True,
        metavar='FOLDER',
        help='an indexed or grey image (png, bmp, tif) or npy file for each image, named after it; or a zip '
        'of them',
    )
    parser.add_argument(
        '--values',
        choices=['benchmark', 'classes'],
        default='benchmark',
        help='what the files hold: the values that the benchmark wants (Cityscapes: label ids; ADE20K: '
        'class + 1), the default, or classes from 0 on, with 255 for void',
    )
    add_result_options(parser)
    add_measure_options(parser)
    add_folder_options(parser)
    return parser


def _score(options: argparse.Namespace) -> None:
    benchmark = find_benchmark(options)
    split = options.split or benchmark.split
    check_result_folders(options)  # before data is downloaded
    require_folder(options.predictions)
    measures = chosen_measures(options, benchmark.label_names)
    dataset = benchmark.load(options.data_dir, split)
    names = [sample_name(dataset, i) for i in range(len(dataset))]
    paths = find_predictions(options.predictions, names, key=benchmark.key)
    label_format, others = _label_formats(benchmark, options.values)
    results = Results(options, benchmark, dataset, measures=measures)
    results.take_predictions(options.predictions, label_format)
    data = f'{benchmark.title} {split}'
    known: dict[str, Any] = {
        'label_names': benchmark.label_names,
        'absent_class': options.absent_class,
        'threads': len(own_cores()),
    }
    result = score_predictions(
        dataset,
        paths,
        label_format=label_format,
        protocol={'data': data, 'predictions': str(options.predictions)},
        on_done=results.on_done,
        measures=measures,
        remedy=''.join(f'If the files hold other values, give {option}' for option in others),
        **known,
    )

    def score_with(option: str) -> float | None:
        try:
            return score_predictions(dataset, paths, label_format=others[option], **known).miou
        except DatasetError:  # they hold other values
            return None

    notes = notes_on_files(options, benchmark, dataset, result, label_format, others, score_with)
    results.finish(
        replace(result, notes=notes),
        title=f'{options.predictions.resolve().name} on {data_title(options, benchmark, split)}',
        predict=lambda i, img: read_prediction(paths[i], label_format),
    )


def _label_formats(benchmark: Benchmark, values: str) -> tuple[LabelFormat, dict[str, LabelFormat]]:
    """The values that the files hold, and by option others that they may hold instead."""
    formats = {
        'benchmark': benchmark.label_format,
        'classes': plain_label_format(len(benchmark.label_names)),
    }
    chosen = formats[values]
    others = {
        f'--values {name}': other
        for name, other in formats.items()
        if other.values != chosen.values
    }
    return chosen, others
