"""``python -m chainercv_seg.weights`` is the command that lists the published weights."""

import sys

from chainercv_seg.cli.main import run

if __name__ == '__main__':
    sys.exit(run('weights', prog='python -m chainercv_seg.weights'))
