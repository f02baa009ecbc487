"""The command that makes the result of an evaluation from the journals of its shares."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from chainercv_seg.cli.command import command_line, exit_code
from chainercv_seg.cli.measure_options import (
    add_measure_options,
    check_measure_options,
    chosen_measures,
)
from chainercv_seg.cli.notes import notes_on_journals
from chainercv_seg.cli.parser import Parser
from chainercv_seg.cli.results import print_result
from chainercv_seg.evaluations.merge_journals import merge_journals
from chainercv_seg.evaluations.result_files import RESULT_FILES, write_results
from chainercv_seg.utils.output_files import make_output_folder


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
    parser.add_argument(
        '--output',
        type=Path,
        metavar='FOLDER',
        help='write result.json and per_class.csv there',
    )
    add_measure_options(parser)
    return parser


def _merge(options: argparse.Namespace) -> None:
    result = merge_journals(options.journals, measures=partial(chosen_measures, options))
    result = replace(result, notes=notes_on_journals(result))
    written: list[str] = []
    try:
        if options.output is not None:
            make_output_folder(options.output, RESULT_FILES)
            write_results(result, options.output, command=options.command)
            written.append(f'{options.output}: {", ".join(RESULT_FILES)}')
    finally:  # the scores are not lost where a disk is full
        print_result(result, written)
