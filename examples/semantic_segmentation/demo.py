"""Segment images and write pictures of the result: a thin caller of chainercv_seg.cli.demo."""

import sys

from chainercv_seg.cli.main import run

if __name__ == '__main__':
    sys.exit(run('demo'))
