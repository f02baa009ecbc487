"""The command that makes the result of an evaluation from the journals of its shares."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from chainercv_seg.cli.benchmarks import Benchmark
from chainercv_seg.cli.command import command_line, exit_code
from chainercv_seg.cli.measure_options import (
    add_measure_options,
    check_measure_options,
    chosen_measures,
)
from chainercv_seg.cli.notes import notes_on_journals
from chainercv_seg.cli.parser import Parser
from chainercv_seg.cli.per_image import PerImage, check_group_column, wants_per_image
from chainercv_seg.cli.report_details import ReportDetails
from chainercv_seg.cli.result_folder import (
    add_result_options,
    make_result_folder,
    report_path,
    write_result_files,
)
from chainercv_seg.cli.results import print_result
from chainercv_seg.evaluations import EvaluationResult
from chainercv_seg.evaluations.journal_entries import Entry
from chainercv_seg.evaluations.journal_header import JournalHeader
from chainercv_seg.evaluations.measures import Measure
from chainercv_seg.evaluations.merge_journals import merge_journals, merged_header
from chainercv_seg.evaluations.per_image import PerImageCounts
from chainercv_seg.evaluations.worst_images import WorstImages


def main(arguments: Sequence[str] | None = None, *, prog: str | None = None) -> int:
    """Merge journals, and print what ``evaluate`` prints.

    Args:
        arguments: The command line, by default the process's own.
        prog: What the command is called.

    Returns:
        The exit code: 0, or 1 where journals do not fit together or images are missing. Wrong usage exits
        with 2.
    """
    parser = _parser(prog)
    options = parser.parse_args(arguments)
    check_group_column(parser, options)
    check_measure_options(parser, options)
    options.command = command_line(parser, arguments)
    return exit_code(partial(_merge, options))


def _parser(prog: str | None) -> argparse.ArgumentParser:
    parser = Parser(
        prog=prog,
        description='Make the result of an evaluation from the journals that evaluate --resume wrote: of its '
        'shares, of ranks, of runs that were interrupted. Neither the data nor Chainer are needed.',
    )
    parser.add_argument(
        'journals', type=Path, nargs='+', metavar='JOURNAL', help='what --resume was given'
    )
    add_result_options(parser)
    add_measure_options(parser)
    return parser


def _merge(options: argparse.Namespace) -> None:
    header = merged_header(options.journals)
    details = ReportDetails.of(header)
    measures = chosen_measures(options, header.label_names)
    kept = _Kept(options, header, details.benchmark, measures)
    result = merge_journals(options.journals, measures=lambda _: measures, on_done=kept.on_done)
    result = replace(result, notes=notes_on_journals(result))
    counts = None
    if kept.per_image is not None:
        result, counts = kept.per_image.finish(result)
    written: list[str] = []
    try:
        folder = make_result_folder(options)
        if folder is not None:
            written.append(write_result_files(options, folder, result, counts))
        if kept.worst is not None:
            written.append(_write_report(options, header, details, result, kept.worst, counts))
    finally:  # the scores are not lost where a disk is full
        print_result(result, written)


class _Kept:
    """What is kept of each image, as the options ask for."""

    def __init__(
        self,
        options: argparse.Namespace,
        header: JournalHeader,
        benchmark: Benchmark,
        measures: Sequence[Measure],
    ) -> None:
        self.per_image = (
            PerImage(options, benchmark, header.image_names, measures)
            if wants_per_image(options)
            else None
        )
        self.worst = WorstImages(len(header.label_names)) if options.report else None

    def on_done(self, entry: Entry) -> None:
        """Take notice of an image."""
        if self.per_image is not None:
            self.per_image.on_done(entry)
        if self.worst is not None:
            self.worst.rank(entry.image, entry.counts)


def _write_report(
    options: argparse.Namespace,
    header: JournalHeader,
    details: ReportDetails,
    result: EvaluationResult,
    worst: WorstImages,
    counts: PerImageCounts | None,
) -> str:
    from chainercv_seg.evaluations.report import write_report

    path = report_path(options)
    write_report(
        result,
        path,
        title=details.title,
        published=details.published,
        worst=worst,
        pictured=False,
        per_image=counts,
        image_name=header.image_name,
        label_colors=details.benchmark.label_colors,
        command=options.command,
    )
    return str(path)
