"""All that Chainer 7.8.1 misses on today's Python, NumPy, CuPy and mpi4py.

``gaps`` lists what is missing, ``importer`` mends Chainer's sources as they are imported, ``live``
mends what was imported before. docs/adr/0001 says why it is done like this.
"""

from chainercv_seg._modern_chainer.importer import watch_imports
from chainercv_seg._modern_chainer.live import forget_failed_import, mend_imported


def install() -> None:
    """Make Chainer and ChainerMN work, whether they were imported already or will be.

    Doing it again changes nothing; without Chainer nothing is done.
    """
    watch_imports()
    forget_failed_import()
    mend_imported()
