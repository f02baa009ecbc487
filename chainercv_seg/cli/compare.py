"""The command that compares results of evaluations."""

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from chainercv_seg.cli.command import command_line, exit_code
from chainercv_seg.cli.measure_options import (
    add_measure_options,
    check_measure_options,
    chosen_measures,
)
from chainercv_seg.cli.parser import Parser
from chainercv_seg.cli.per_image import add_draw_options, check_group_column
from chainercv_seg.datasets.image_key import image_key
from chainercv_seg.evaluations.bootstrap import DRAWS
from chainercv_seg.evaluations.comparison import Comparison, compare
from chainercv_seg.evaluations.comparison_files import (
    COMPARISON_FILES,
    comparison_text,
    write_comparison,
)
from chainercv_seg.evaluations.groups import check_groups, read_groups
from chainercv_seg.evaluations.prediction_files import require_folder
from chainercv_seg.evaluations.saved_measures import (
    common_class_groups,
    common_measures,
    require_measures,
)
from chainercv_seg.evaluations.saved_results import check_comparable, read_results
from chainercv_seg.utils.errors import ResultError
from chainercv_seg.utils.output_files import make_output_folder
from chainercv_seg.utils.printable import printable

_PAGE = 'compare.html'


def main(arguments: Sequence[str] | None = None, *, prog: str | None = None) -> int:
    """Compare results on the same images, and print how sure each difference is.

    Args:
        arguments: The command line, by default the process's own.
        prog: What the command is called.

    Returns:
        The exit code: 0, or 1 where results are missing, broken or not of the same images, classes and
        policy. Wrong usage exits with 2.
    """
    parser = _parser(prog)
    options = parser.parse_args(arguments)
    if len(options.results) < 2:
        parser.error('give two results or more')
    check_group_column(parser, options)
    check_measure_options(parser, options)
    options.command = command_line(parser, arguments)
    return exit_code(partial(_compare, options))


def _parser(prog: str | None) -> argparse.ArgumentParser:
    parser = Parser(
        prog=prog,
        description='Compare results on the same images with the first of them: differences of all scores, '
        'with 95 % intervals, and the images that moved most.',
    )
    parser.add_argument(
        'results',
        type=Path,
        nargs='+',
        metavar='RESULT',
        help='a folder in which evaluate or score wrote with --per-image or --report',
    )
    parser.add_argument(
        '--output',
        type=Path,
        metavar='FOLDER',
        help=f'write {", ".join(COMPARISON_FILES)} and {_PAGE} there',
    )
    parser.add_argument(
        '--images',
        type=Path,
        metavar='FOLDER',
        help='the images, or a folder above them, to show beside predictions that were saved',
    )
    parser.add_argument(
        '--groups',
        type=Path,
        metavar='FILE',
        help='a CSV file with images in its first column: draw groups (default: those with which all '
        'results were made, else images)',
    )
    parser.add_argument(
        '--group-column',
        metavar='NAME',
        help="the column of groups in that file (default: 'group', or the second of two)",
    )
    add_draw_options(parser)
    add_measure_options(parser, default='those with which all results were made')
    return parser


def _compare(options: argparse.Namespace) -> None:
    results = read_results(options.results)
    check_comparable(results)
    names = results[0].per_image.names
    if len(names) < 2:
        raise ResultError(
            f'{results[0].folder} is of {len(names)} images: a comparison needs two or more'
        )
    groups = None
    if options.groups is not None:
        groups = read_groups(options.groups, names, key=image_key, column=options.group_column)
        check_groups(groups, source=str(options.groups), unit='groups')
    label_names, class_groups = results[0].per_image.label_names, common_class_groups(results)
    measures = chosen_measures(options, label_names, class_groups=class_groups)
    measures = measures or common_measures(results)
    require_measures(results, measures)
    if options.images is not None:
        require_folder(options.images, what='images')
    if options.output is not None:
        make_output_folder(options.output, [*COMPARISON_FILES, _PAGE])
    comparison = compare(
        results,
        groups=groups,
        measures=measures,
        draws=DRAWS if options.draws is None else options.draws,
        seed=options.seed or 0,
    )
    print(comparison_text(comparison))
    print(printable(f'intervals: {comparison.drawing}'))
    if options.output is not None:
        _write(options, comparison)


def _write(options: argparse.Namespace, comparison: Comparison) -> None:
    from chainercv_seg.evaluations.report import write_comparison_page

    write_comparison(comparison, options.output, command=options.command)
    write_comparison_page(
        comparison, options.output / _PAGE, images=options.images, command=options.command
    )
    files = ', '.join([*COMPARISON_FILES, _PAGE])
    print(printable(f'written to {options.output}: {files}'))
