"""Semantic segmentation on Chainer: networks, data sets, metrics and evaluation.

Importing this package, or any part of it, makes a later ``import chainer`` work on today's Python
and NumPy. It imports neither Chainer nor CuPy itself.
"""

from typing import Any

from chainercv_seg import _modern_chainer

__version__ = '0.1.0'

_modern_chainer.install()


def __getattr__(name: str) -> Any:
    """Find `optimize`, which needs Chainer: it is imported when it is asked for."""
    if name == 'optimize':
        from chainercv_seg.prepared import optimize

        return optimize
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
