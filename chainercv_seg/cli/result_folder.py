"""Where a command writes its results: options, the folder, and the files in it but the report."""

import argparse
from pathlib import Path

from chainercv_seg.cli.per_image import add_interval_options
from chainercv_seg.evaluations import EvaluationResult
from chainercv_seg.evaluations.per_image import PerImageCounts
from chainercv_seg.evaluations.per_image_files import PER_IMAGE_FILES, write_per_image
from chainercv_seg.evaluations.result_files import RESULT_FILES, write_results
from chainercv_seg.evaluations.saved_predictions import SavedPredictions
from chainercv_seg.utils.output_files import check_output_folder, make_output_folder

_REPORT_FOLDER = Path('evaluation')
_REPORT = 'report.html'


def add_result_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which results are written, and where."""
    parser.add_argument(
        '--output',
        type=Path,
        metavar='FOLDER',
        help='write result.json and per_class.csv there',
    )
    parser.add_argument(
        '--report',
        action='store_true',
        help=f'also write report.html, a page with pictures (without --output: to {_REPORT_FOLDER})',
    )
    add_interval_options(parser)


def check_result_folders(options: argparse.Namespace) -> None:
    """Check that results can be written, before anything is downloaded.

    Args:
        options: What :func:`add_result_options` parsed, and ``save_predictions`` if there is any.

    Raises:
        OutputError: A folder cannot be made or written.
    """
    for each in (result_folder(options), getattr(options, 'save_predictions', None)):
        if each is not None:
            check_output_folder(each)


def result_folder(options: argparse.Namespace) -> Path | None:
    """Tell where results are to be written; None: nowhere."""
    return options.output or (_REPORT_FOLDER if options.report or options.per_image else None)


def make_result_folder(options: argparse.Namespace) -> Path | None:
    """Make the folder, and check that all files can be written; see :func:`result_folder`.

    Raises:
        OutputError: One of them cannot.
    """
    folder = result_folder(options)
    if folder is not None:
        report = [_REPORT] if options.report else []
        counts = PER_IMAGE_FILES if options.report or options.per_image else ()
        make_output_folder(folder, [*RESULT_FILES, *counts, *report])
    return folder


def report_path(options: argparse.Namespace) -> Path:
    """Tell where the report is to be written."""
    return (result_folder(options) or _REPORT_FOLDER) / _REPORT


def write_result_files(
    options: argparse.Namespace,
    folder: Path,
    result: EvaluationResult,
    counts: PerImageCounts | None,
    predictions: SavedPredictions | None = None,
) -> str:
    """Write all but the report, and tell where it is.

    Args:
        options: What :func:`add_result_options` parsed, and ``command``.
        folder: An existing folder.
        result: What was found.
        counts: The counts of each image, where they were kept.
        predictions: The label maps, where they are files.
    """
    write_results(result, folder, command=options.command, predictions=predictions)
    names = list(RESULT_FILES)
    if counts is not None and (options.report or options.per_image):
        write_per_image(counts, folder)
        names += PER_IMAGE_FILES
    return f'{folder}: {", ".join(names)}'
