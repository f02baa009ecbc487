"""The parser of every command. Imports nothing that computes: ranks have things to settle before."""

import argparse
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """A parser whose usage errors are one line each, whatever is in the command line."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and exit with 2."""
        from chainercv_seg.utils.printable import printable  # comes with NumPy

        super().error(printable(message))
