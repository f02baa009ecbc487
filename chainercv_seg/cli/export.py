"""The command that exports a network for other programs."""

import argparse
import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from chainercv_seg.cli.benchmarks import BENCHMARKS
from chainercv_seg.cli.command import exit_code
from chainercv_seg.cli.folder_benchmark import FOLDER, folder_label_colors, read_label_names
from chainercv_seg.cli.graphs import is_graph
from chainercv_seg.cli.network_weights import published_record, weight_file
from chainercv_seg.cli.networks import (
    add_weights_options,
    build_plain,
    check_network,
    check_network_options,
    network_arguments,
)
from chainercv_seg.cli.option_types import integer
from chainercv_seg.cli.parser import Parser
from chainercv_seg.engines.engine import DEFAULT_PRECISION
from chainercv_seg.utils.errors import UsageError, UserError
from chainercv_seg.utils.file_sha256 import file_sha256
from chainercv_seg.utils.output_files import check_output_folder, make_output_folder
from chainercv_seg.utils.printable import printable
from chainercv_seg.weights.stored_arguments import read_stored_arguments

#: Each format, and the files of its own.
_FORMATS = {
    'onnx': ('model.onnx',),
    'pytorch': ('model.py', 'model.safetensors'),
    'safetensors': ('model.safetensors',),
}
#: Data sets of whose classes are the streets that are drawn.
_DRAWN = ('camvid', 'synthetic')
#: What belongs to every network in files, whatever the format.
_FILES = ('config.json', 'LICENSE', 'README.md', 'example.png')


def main(arguments: Sequence[str] | None = None, *, prog: str | None = None) -> int:
    """Export a network into a folder, and hold it against the network itself.

    Args:
        arguments: The command line, by default the process's own.
        prog: What the command is called.

    Returns:
        The exit code: 0, or 1 where something is missing, broken or fails, or where what was exported gives
        other labels. Wrong usage exits with 2.
    """
    parser = _parser(prog)
    options = parser.parse_args(arguments)
    _check(parser, options)
    return exit_code(partial(_export, options))


def _parser(prog: str | None) -> argparse.ArgumentParser:
    parser = Parser(
        prog=prog,
        description='Export a network into a folder: as a graph of ONNX, for PyTorch, or as safetensors.',
    )
    add_weights_options(parser)
    parser.add_argument(
        '--format', choices=sorted(_FORMATS), required=True, help='for what the network is exported'
    )
    parser.add_argument(
        '--output', type=Path, required=True, metavar='FOLDER', help='where the files are written'
    )
    parser.add_argument(
        '--size',
        type=_size,
        metavar='HEIGHTxWIDTH',
        help='the size of images that a graph takes (default: any where the network allows that)',
    )
    parser.add_argument(
        '--unpool',
        choices=['max', 'gather'],
        help='how a graph of SegNet puts values back: by MaxUnpool, the default, or by simple operators, for '
        'runtimes on GPUs that do not have it',
    )
    parser.add_argument(
        '--dataset',
        choices=sorted([*BENCHMARKS, FOLDER]),
        help='whose classes the network knows (default: those of published weights)',
    )
    parser.add_argument(
        '--label-names',
        type=Path,
        metavar='FILE',
        help='a text file: the name of a class a line (--dataset folder)',
    )
    parser.add_argument(
        '--no-verify',
        dest='verify',
        action='store_false',
        help='do not compute two images to verify what was exported, which takes most of the time and memory',
    )
    parser.set_defaults(gpu=-1, scales=None, flip=None, precision=DEFAULT_PRECISION)
    return parser


def _size(text: str) -> tuple[int, int]:
    matched = re.fullmatch(r'(\d{1,5})(?:x(\d{1,5}))?', text)
    lengths = matched and [integer(1, 16384)(n) for n in (matched[1], matched[2] or matched[1])]
    if not lengths:
        raise argparse.ArgumentTypeError(f'must be like 360x480 or 512, but is {text[:40]!r}')
    return lengths[0], lengths[1]


def _check(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Complete the options, and exit with 2 where they do not go together."""
    if options.pretrained_model is None:
        parser.error(
            '--pretrained-model is needed: a weight file, or the name of published weights'
        )
    if is_graph(options):
        parser.error('--pretrained-model is a graph, which was exported before')
    for name in ('size', 'unpool'):
        if options.format != 'onnx' and getattr(options, name) is not None:
            parser.error(f'--{name} needs --format onnx')
    check_network_options(parser, options)
    if options.unpool is not None and options.model != 'segnet':
        parser.error(f'--unpool has no meaning for {options.model}')
    if options.label_names is not None and options.dataset is None:
        options.dataset = FOLDER
    if (options.dataset == FOLDER) != (options.label_names is not None):
        parser.error(f'--dataset {FOLDER} and --label-names need one another')


def _export(options: argparse.Namespace) -> None:
    record = published_record(options)
    if options.dataset is None:
        if record is None:
            raise UsageError(
                f'{options.pretrained_model} does not name its classes: give --dataset, or --label-names'
            )
        options.dataset = record.dataset
    names, colors = _classes(options)
    check_output_folder(options.output)
    check_network(options, label_names=names)
    from chainercv_seg.export.folder import finish_folder
    from chainercv_seg.export.subject import Subject
    from chainercv_seg.prepared import optimize

    link = build_plain(options, label_names=names)
    link.stays_plain = True
    path = weight_file(options)
    subject = Subject(
        link=link,
        model=options.model,
        arguments={**_known_arguments(path, options), **network_arguments(options, names)},
        class_names=names,
        class_colors=colors,
        weights=record.name if record else path.name,
        weights_sha256=file_sha256(path),
        record=record,
    )
    exported = _write(options, subject)
    verified = finish_folder(
        subject,
        options.output,
        exported,
        network=(lambda: optimize(link) if options.optimize else link) if options.verify else None,
        drawn=options.dataset in _DRAWN,
    )
    print(printable(f'{subject.architecture} {subject.weights} -> {options.output}'))
    for name, what in exported.files.items():
        megabytes = (options.output / name).stat().st_size / 1e6
        print(printable(f'  {name}: {what}, {megabytes:.1f} MB'))
    print(printable(f'verified: {verified}' if verified[:3] != 'Not' else verified))


def _known_arguments(path: Path, options: argparse.Namespace) -> Mapping[str, Any]:
    """The arguments for which weights are good, as far as their file or their record says."""
    stored = read_stored_arguments(path, options.model)
    known = stored or published_record(options)
    return known.arguments if known else {}


def _write(options: argparse.Namespace, subject: Any) -> Any:
    """Write the network itself."""
    folder = options.output
    try:
        make_output_folder(folder, (*_FILES, *_FORMATS[options.format]))
        if options.format == 'onnx':
            from chainercv_seg.export.onnx_files import export_onnx

            unpooling = options.unpool or 'max'
            return export_onnx(subject, folder, size=options.size, unpooling=unpooling)
        if options.format == 'pytorch':
            from chainercv_seg.export.pytorch_folder import export_pytorch

            return export_pytorch(subject, folder)
        from chainercv_seg.export.safetensors_folder import export_safetensors

        return export_safetensors(subject, folder)
    except UserError:
        raise
    except (ValueError, TypeError) as error:  # a network or a size that cannot be exported
        raise UsageError(str(error)) from error


def _classes(
    options: argparse.Namespace,
) -> tuple[tuple[str, ...], Sequence[tuple[int, int, int]]]:
    """Names and colours of the classes."""
    if options.dataset == FOLDER:
        names = read_label_names(options.label_names)
        return names, folder_label_colors(len(names))
    benchmark = BENCHMARKS[options.dataset]
    return benchmark.label_names, benchmark.label_colors
