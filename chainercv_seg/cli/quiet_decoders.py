"""Silence of the image decoders: what keeps a file from being read is one line, without what comes before."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet_decoders() -> Iterator[None]:
    """Show no warnings of Pillow, nor of NumPy about files of Python 2, in this process and all its threads.

    They are of damaged data beside the pixels, as EXIF is, and of large images. An image that is not read
    as it should be is an error in any case.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings('ignore', module=r'PIL\.')
        warnings.filterwarnings('ignore', r'Reading `\.npy` or `\.npz` file required')
        yield
