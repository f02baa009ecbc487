"""Evaluate a network in several processes: a thin caller of chainercv_seg.cli.evaluate_multi."""

import sys

from chainercv_seg.cli.evaluate_multi import main

if __name__ == '__main__':
    sys.exit(main())
