"""The command that lists the published weights, and downloads them."""

import argparse
from collections.abc import Sequence
from functools import partial

from chainercv_seg.cli.command import exit_code
from chainercv_seg.cli.parser import Parser
from chainercv_seg.utils.cache import cache_folder
from chainercv_seg.utils.errors import UserError
from chainercv_seg.utils.printable import printable
from chainercv_seg.weights import PretrainedWeights, list_weights
from chainercv_seg.weights.find_file import file_path, find_file


def main(arguments: Sequence[str] | None = None, *, prog: str | None = None) -> int:
    """List the published weights: what they reach, and where they are.

    Args:
        arguments: The command line, by default the process's own.
        prog: What the command is called.

    Returns:
        The exit code: 0, or 1 where there are no such weights or a download fails. Wrong usage exits
        with 2.
    """
    parser = Parser(prog=prog, description='List the published weights, and download them.')
    parser.add_argument('--model', metavar='NAME', help='those of this network only')
    parser.add_argument('--dataset', metavar='NAME', help='those trained on this data set only')
    parser.add_argument(
        '--download', action='store_true', help="download those that are not in ChainerCV's cache"
    )
    return exit_code(partial(_weights, parser.parse_args(arguments)))


def _weights(options: argparse.Namespace) -> None:
    records = list_weights(options.model, options.dataset)
    if not records:
        raise UserError(f'no such weights are published. There are those of {_choices()}')
    names = ('network', 'name', 'published mIoU', 'where')
    _print_table([names, *map(_summary, records)])
    print()
    _print_table([('file', 'SHA-256', 'licence'), *map(_file, records)])
    print(printable(f'folder: {cache_folder("models")}'))
    if options.download:
        for record in records:
            print(printable(f'{record.model} {record.name}: {find_file(record)}'))


def _choices() -> str:
    """The networks, each once, with the data sets of its weights."""
    datasets: dict[str, dict[str, None]] = {}
    for record in list_weights():
        datasets.setdefault(record.model, {})[record.dataset] = None
    return '; '.join(f'{model} {", ".join(names)}' for model, names in datasets.items())


def _print_table(rows: Sequence[tuple[str, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        line = '  '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print(line.rstrip())


def _summary(record: PretrainedWeights) -> tuple[str, ...]:
    scores = ', '.join(f'{100 * s.miou:.2f} ({s.dataset} {s.split})' for s in record.scores)
    place = 'in the cache' if record.urls else 'in this package'
    return (
        record.model,
        record.name,
        scores or '-',
        place if file_path(record).exists() else 'missing',
    )


def _file(record: PretrainedWeights) -> tuple[str, ...]:
    licence = record.license or 'not stated'
    return (
        record.file_name,
        record.sha256[:8] if record.sha256 else 'not known',
        licence.partition(',')[0],  # what follows is said in the README
    )
