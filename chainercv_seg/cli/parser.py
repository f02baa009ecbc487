"""The parser of every command. Imports nothing that computes: ranks have things to settle before."""

import argparse
import sys
from collections.abc import Sequence
from typing import Any, NoReturn


class Parser(argparse.ArgumentParser):
    """A parser whose usage errors are one line each, whatever is in the command line."""

    def parse_known_args(self, args: Sequence[str] | None = None, namespace: Any = None) -> Any:  # type: ignore[override]
        """Parse; see argparse, which before Python 3.13 takes ``--option=--`` for an option with nothing."""
        for text in sys.argv[1:] if args is None else args:
            if '\0' in text:
                self.error(f'{text!r} holds a NUL, which is in no name of a file')
            if text == '--':
                break
            if text.startswith('-') and text.endswith('=--'):
                self.error(f"argument {text.removesuffix('=--')}: expected a value, not '--'")
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and exit with 2."""
        from chainercv_seg.utils.printable import printable  # comes with NumPy

        super().error(printable(message))
