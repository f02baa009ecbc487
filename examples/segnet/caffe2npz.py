"""Convert weights of the original SegNet-Basic (Caffe): a thin caller of chainercv_seg.cli.convert."""

import sys

from chainercv_seg.cli.main import run

if __name__ == '__main__':
    sys.exit(run('convert'))
