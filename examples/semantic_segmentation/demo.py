"""Segment images and write pictures of the result: a thin caller of chainercv_seg.cli.demo."""

import sys

from chainercv_seg.cli.demo import main

if __name__ == '__main__':
    sys.exit(main())
