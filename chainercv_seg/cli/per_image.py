"""The counts of each image, and intervals of the scores, as a command asks for them."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from chainercv_seg.cli.benchmarks import BENCHMARKS, Benchmark
from chainercv_seg.cli.option_types import integer
from chainercv_seg.evaluations import EvaluationResult
from chainercv_seg.evaluations.bootstrap import DRAWS, bootstrap
from chainercv_seg.evaluations.drawn_images import DrawnImages
from chainercv_seg.evaluations.groups import check_groups, first_part, read_groups
from chainercv_seg.evaluations.measures import Measure
from chainercv_seg.evaluations.per_image import PerImageCollector, PerImageCounts
from chainercv_seg.utils.errors import UsageError


def add_interval_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that ask for counts of each image, and that say how intervals are made."""
    parser.add_argument(
        '--per-image',
        action='store_true',
        help='also write per_image.npz (the counts of each image, for compare) and per_image.csv; '
        '--report does so, too',
    )
    group = parser.add_argument_group(
        'intervals', 'Any of these, --per-image and --report give 95 % intervals of the scores.'
    )
    add_draw_options(group)
    group.add_argument(
        '--groups',
        nargs='?',
        const='',
        metavar='FILE',
        help='draw groups of images, since those of one drive are not independent: cities of Cityscapes, '
        'sequences of CamVid, else those in a CSV file with images in its first column',
    )
    group.add_argument(
        '--group-column',
        metavar='NAME',
        help="the column of groups in that file (default: 'group', or the second of two)",
    )


def add_draw_options(group: Any) -> None:
    """Add the options that say how often is drawn, to a parser or a group of options."""
    group.add_argument(
        '--draws',
        type=integer(100, 1_000_000),
        metavar='N',
        help=f'how often as many images as there are are drawn (default: {DRAWS})',
    )
    group.add_argument(
        '--seed', type=integer(0, 2**32 - 1), metavar='N', help='of these draws (default: 0)'
    )


def wants_per_image(options: argparse.Namespace) -> bool:
    """Whether the counts of each image have to be kept."""
    asked = (options.draws, options.seed, options.groups)
    return bool(options.per_image or options.report or any(value is not None for value in asked))


def check_interval_options(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Exit with a usage error where there are no groups to draw."""
    benchmark = BENCHMARKS.get(options.dataset)
    if options.groups == '' and not (benchmark and benchmark.groups):
        parser.error(no_groups(options.dataset))
    check_group_column(parser, options)


def check_group_column(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Exit with a usage error where the column of no table is named."""
    if options.group_column is not None and not options.groups:
        parser.error('--group-column needs --groups FILE')


def no_groups(data: str) -> str:
    """Say that groups have to be given."""
    return (
        f'nothing is known of groups in {data}: give --groups a CSV file with a column of images and one of '
        'groups'
    )


class PerImage:
    """Keeps the counts of each image while a command runs, and makes intervals of them.

    Made before the first image, so that groups that cannot be used are noticed then.

    Args:
        options: What :func:`add_interval_options` parsed.
        benchmark: The data set's.
        files: What a message calls the images.
        measures: What is measured besides.

    Raises:
        DatasetError: The groups are missing, or too few.
        UsageError: Nothing is known of groups in this data set.
    """

    def __init__(
        self,
        options: argparse.Namespace,
        benchmark: Benchmark,
        files: Sequence[str],
        measures: Sequence[Measure] = (),
    ) -> None:
        self._options, self._benchmark, self._measures = options, benchmark, measures
        self._names = [benchmark.key(name) for name in files]
        self._groups, self._unit = self._find_groups(files)
        self._collector = PerImageCollector(len(benchmark.label_names))
        self.on_done = self._collector.take

    def finish(
        self,
        result: EvaluationResult,
        label_size: Callable[[int], tuple[int, ...]] | None = None,
        comm: Any = None,
    ) -> tuple[EvaluationResult, PerImageCounts | None]:
        """Gather what all ranks have counted.

        Args:
            result: What was found.
            label_size: Gives height and width of an image whose journal does not say them.
            comm: A ChainerMN communicator, or None for one process. All ranks call this.

        Returns:
            The result with intervals, where there are images enough, and the counts of each image. In
            other ranks than the first, the result as it is.
        """
        if label_size is not None:
            for i in self._collector.without_size():
                self._collector.add_size(i, label_size(i))
        if comm is not None:
            for others in comm.gather_obj(self._collector) or ():
                self._collector.merge(others)
            if comm.rank > 0:
                return result, None
        counts = self._collector.collected(
            self._names, result.label_names, groups=self._groups, unit=self._unit
        )
        drawn = DrawnImages(counts, self._measures)
        if len(drawn) < 2:
            return result, counts
        intervals = bootstrap(
            drawn,
            draws=DRAWS if self._options.draws is None else self._options.draws,
            seed=self._options.seed or 0,
            unit=drawn.unit,
            absent_class=result.protocol['absent_class'],
        )
        return replace(result, intervals=intervals), counts

    def _find_groups(self, files: Sequence[str]) -> tuple[tuple[str, ...], str]:
        source = self._options.groups
        if source is None:
            return (), 'groups'
        if source == '':
            if not self._benchmark.groups:
                raise UsageError(no_groups(self._benchmark.title))
            groups: Sequence[str] = [first_part(name) for name in self._names]
            unit = self._benchmark.groups
            return check_groups(groups, source=self._benchmark.title, unit=unit), unit
        column = self._options.group_column
        groups = read_groups(Path(source), files, key=self._benchmark.key, column=column)
        unit = f'groups ({column})' if column else 'groups'
        return check_groups(groups, source=source, unit='groups'), unit
