"""The console command, whose first word says which of the commands it is."""

import argparse
from collections.abc import Sequence
from importlib import import_module

import chainercv_seg

_COMMANDS = {
    'evaluate': 'evaluate a network on a data set',
    'evaluate-multi': 'the same in several processes, started by mpiexec',
    'score': 'score label maps in files, without a network',
    'demo': 'segment image files and write pictures of the result',
    'weights': 'list the published weights, and download them',
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: The command line, by default the process's own.

    Returns:
        The exit code of the command. Wrong usage exits with 2.
    """
    parser = argparse.ArgumentParser(
        prog='chainercv-seg',
        description='Semantic segmentation on Chainer.',
        epilog='\n'.join(f'  {name:<16}{what}' for name, what in _COMMANDS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('--version', action='version', version=chainercv_seg.__version__)
    parser.add_argument('command', choices=_COMMANDS, metavar='COMMAND', help='one of those below')
    parser.add_argument(
        'arguments', nargs=argparse.REMAINDER, metavar='...', help='COMMAND --help lists them'
    )
    options = parser.parse_args(arguments)
    module = options.command.replace('-', '_')
    command = import_module(f'chainercv_seg.cli.{module}')  # late: the commands load much
    return command.main(options.arguments, prog=f'{parser.prog} {options.command}')
