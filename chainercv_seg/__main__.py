"""``python -m chainercv_seg`` is the console command."""

import sys

from chainercv_seg.cli.main import main

if __name__ == '__main__':
    sys.exit(main())
