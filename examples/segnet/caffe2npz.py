"""Convert weights of the original SegNet-Basic (Caffe): a thin caller of chainercv_seg.cli.convert."""

import sys
from functools import partial

from chainercv_seg.cli.main import run

main = partial(run, 'convert')

if __name__ == '__main__':
    sys.exit(main())
