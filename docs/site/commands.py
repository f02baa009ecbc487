"""The page of the commands: what each prints for --help."""

import os
import subprocess
import sys

from chainercv_seg.cli.main import COMMANDS

_WIDTH = '100'


def commands_page() -> str:
    """Run every command with --help.

    Returns:
        Markdown.

    Raises:
        subprocess.CalledProcessError: A command has no help.
    """
    parts = ['# Commands\n\nWhat `--help` says.\n']
    for name, what in COMMANDS.items():
        shown = subprocess.run(
            [sys.executable, '-m', 'chainercv_seg', name, '--help'],
            env={**os.environ, 'COLUMNS': _WIDTH, 'NO_COLOR': '1'},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        parts.append(f'\n## {name}\n\n{what[0].upper()}{what[1:]}.\n\n```text\n{shown}```\n')
    return ''.join(parts)
