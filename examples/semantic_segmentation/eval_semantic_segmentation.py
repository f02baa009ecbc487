"""Evaluate a network on a data set: a thin caller of chainercv_seg.cli.evaluate."""

import sys

from chainercv_seg.cli.main import run

if __name__ == '__main__':
    sys.exit(run('evaluate'))
