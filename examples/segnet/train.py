"""Train SegNet (basic) on CamVid or on synthetic street scenes: see README.md beside this file."""

import argparse
import sys
from collections.abc import Sequence
from functools import partial

from options import parse

from chainercv_seg.cli.command import exit_code


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, and write the weights, the log, plots and snapshots to the output folder.

    Args:
        arguments: The command line, by default the process's own.

    Returns:
        The exit code: 0, or 1 where something is missing or does not fit. Wrong usage exits with 2.
    """
    return exit_code(partial(_train, parse(arguments)))


def _train(options: argparse.Namespace) -> None:
    from training import run_training  # needs Chainer, which --help does not

    run_training(options)


if __name__ == '__main__':
    sys.exit(main())
