"""Where a command writes its results: options, folders, and the files themselves."""

import argparse
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from chainercv_seg.cli.benchmarks import Benchmark
from chainercv_seg.evaluations import EvaluationResult
from chainercv_seg.evaluations.identity import sample_name
from chainercv_seg.evaluations.result_files import write_results
from chainercv_seg.evaluations.worst_images import WorstImages
from chainercv_seg.utils.output_files import make_output_folder

_REPORT_FOLDER = Path('evaluation')


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


class Results:
    """The files that a command writes when it has its result.

    Made before the first image, so that a folder that cannot be written is noticed then.

    Args:
        options: What :func:`add_result_options` parsed, and ``command``.
        benchmark: The data set's.
        dataset: The data set, whose samples are images and label maps.

    Attributes:
        worst: The worst images, where a report is to show them.

    Raises:
        OutputError: The folder cannot be written.
    """

    def __init__(self, options: argparse.Namespace, benchmark: Benchmark, dataset: Any) -> None:
        self._options, self._benchmark, self._dataset = options, benchmark, dataset
        self._folder = options.output or (_REPORT_FOLDER if options.report else None)
        self.worst = WorstImages(len(benchmark.label_names)) if options.report else None
        if self._folder is not None:
            make_output_folder(self._folder)

    def write(
        self,
        result: EvaluationResult,
        *,
        title: str,
        predict: Callable[[int, np.ndarray], np.ndarray],
        published: Sequence[tuple[float, str]] = (),
    ) -> None:
        """Write what the options ask for.

        Args:
            result: What was found.
            title: What was evaluated on what.
            predict: Gives the prediction of an image, by its number and itself. It is asked for those
                that the report shows and that this run has not predicted.
            published: Published mean IoUs, and what each is.
        """
        if self._folder is None:
            return
        write_results(result, self._folder, command=self._options.command)
        files = ['result.json', 'per_class.csv']
        if self.worst is not None:
            from chainercv_seg.evaluations.report import write_report

            for i in self.worst.missing():
                img, label = self._dataset[i]
                self.worst.show(i, img, label, predict(i, img))
            write_report(
                result,
                self._folder / 'report.html',
                title=title,
                published=published,
                worst=self.worst,
                image_name=lambda i: os.path.basename(sample_name(self._dataset, i)),
                label_colors=self._benchmark.label_colors,
                command=self._options.command,
            )
            files.append('report.html')
        print(f'written to {self._folder}: {", ".join(files)}')
