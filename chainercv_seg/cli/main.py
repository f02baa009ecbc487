"""The console command, whose first word says which of the commands it is."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import chainercv_seg
from chainercv_seg.cli.parser import Parser
from chainercv_seg.cli.streams import steady_streams

COMMANDS = {
    'evaluate': 'evaluate a network on a data set',
    'evaluate-multi': 'the same in several processes, started by mpiexec',
    'score': 'score label maps in files, without a network',
    'compare': 'compare results on the same images, with intervals',
    'merge': 'make one result of the journals of shares',
    'demo': 'segment image files and write pictures of the result',
    'convert': 'convert weights of other frameworks',
    'export': 'write a network as ONNX, for PyTorch, or as safetensors',
    'warm-up': 'compile what networks on the CPU need, before the first prediction',
    'weights': 'list the published weights, and download them',
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: The command line, by default the process's own.

    Returns:
        The exit code of the command. Wrong usage exits with 2.
    """
    steady_streams()
    parser = Parser(
        prog='chainercv-seg',
        description='Semantic segmentation on Chainer.',
        epilog='\n'.join(f'  {name:<16}{what}' for name, what in COMMANDS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('--version', action='version', version=chainercv_seg.__version__)
    parser.add_argument('command', choices=COMMANDS, metavar='COMMAND', help='one of those below')
    parser.add_argument(
        'arguments', nargs=argparse.REMAINDER, metavar='...', help='COMMAND --help lists them'
    )
    arguments = sys.argv[1:] if arguments is None else arguments
    if not arguments:
        parser.print_help(sys.stderr)
        sys.exit(2)
    options = parser.parse_args(arguments)
    return run(options.command, options.arguments, prog=f'{parser.prog} {options.command}')


def run(command: str, arguments: Sequence[str] | None = None, *, prog: str | None = None) -> int:
    """Load one of the commands, which takes a second, and run it.

    Args:
        command: Its name.
        arguments: The command line, by default the process's own.
        prog: What the command is called, by default as the script is.

    Returns:
        The exit code of the command; 130 where the user interrupted it, even while it was loaded.
    """
    steady_streams()
    try:
        module: Any = import_module(f'chainercv_seg.cli.{command.replace("-", "_")}')
        return module.main(arguments, prog=prog)
    except KeyboardInterrupt:
        print('error: interrupted', file=sys.stderr)
        return 130  # as utils.failures has it, which would load NumPy: that waits for the threads
