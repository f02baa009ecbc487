"""What the scripts that convert weights of other frameworks have in common."""

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from chainercv_seg.cli.command import exit_code
from chainercv_seg.utils.output_files import make_output_folder
from chainercv_seg.weights import save_weights


def run_conversion(
    convert: Callable[[argparse.Namespace], tuple[Any, list[str]]],
    parser: argparse.ArgumentParser,
    arguments: Sequence[str] | None,
) -> int:
    """Convert a file as the command line says, and print what became of each array in it.

    Args:
        convert: From the options, ``source`` among them, to the network and the lines to print.
        parser: A parser, with the options of this conversion only.
        arguments: The command line, by default the process's own.

    Returns:
        The exit code: 0, or 1 where something is missing or does not fit. Wrong usage exits with 2.
    """
    parser.add_argument('source', type=Path, help='the file to convert')
    parser.add_argument('output', type=Path, help='the weight file to write (.npz)')
    return exit_code(partial(_run, convert, parser.parse_args(arguments)))


def _run(
    convert: Callable[[argparse.Namespace], tuple[Any, list[str]]], options: argparse.Namespace
) -> None:
    make_output_folder(options.output.absolute().parent)
    link, lines = convert(options)
    save_weights(link, options.output)
    print('\n'.join([*lines, f'weights: {options.output}']))
