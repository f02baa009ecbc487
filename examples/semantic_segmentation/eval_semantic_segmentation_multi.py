"""Evaluate a network in several processes: a thin caller of chainercv_seg.cli.evaluate_multi."""

import sys

from chainercv_seg.cli.main import run

if __name__ == '__main__':
    sys.exit(run('evaluate-multi'))
