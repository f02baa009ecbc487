"""The options that choose a data set and a score, and the data set that they choose."""

import argparse

from chainercv_seg.cli.benchmarks import BENCHMARKS, Benchmark
from chainercv_seg.evaluations.metrics import ABSENT_CLASS_POLICIES

#: What the commands evaluate that need no files at all.
DEFAULT_DATASET = 'synthetic'


def add_data_options(
    parser: argparse.ArgumentParser, *others: str, default: str | None = None
) -> None:
    """Add the options that choose a data set, its split, and the policy for absent classes.

    Args:
        parser: The parser.
        others: What can be chosen besides the benchmarks.
        default: The data set where none is chosen; None: one has to be.
    """
    names = sorted([*BENCHMARKS, *others])
    parser.add_argument(
        '--dataset',
        choices=names,
        required=default is None,
        default=default,
        help='the data set' + (f' (default: {default})' if default else ''),
    )
    parser.add_argument(
        '--data-dir',
        default='auto',
        metavar='FOLDER',
        help="folder of the data set (default: ChainerCV's cache, into which all but Cityscapes is "
        'downloaded)',
    )
    parser.add_argument('--split', help='default: the split of the published scores')
    parser.add_argument(
        '--absent-class',
        choices=ABSENT_CLASS_POLICIES,
        default='skip',
        help='what the mean IoU does about classes in neither truth nor prediction (default: skip)',
    )


def check_data_options(
    parser: argparse.ArgumentParser,
    options: argparse.Namespace,
    benchmark: Benchmark,
    *,
    unlabelled: bool = False,
) -> None:
    """Complete the options, and exit with a usage error where there is no such split or folder.

    Args:
        parser: The parser.
        options: What it parsed.
        benchmark: The data set that they choose.
        unlabelled: Whether splits without labels will do.
    """
    splits = (*benchmark.splits, *(benchmark.unlabelled if unlabelled else ()))
    if not (benchmark.in_files or options.data_dir == 'auto'):
        parser.error(f'{options.dataset} is drawn: it is in no --data-dir')
    options.split = options.split or benchmark.split
    if options.split not in splits:
        parser.error(f'--split of {options.dataset} must be one of {", ".join(splits)}')
