"""Semantic segmentation on Chainer: networks, data sets, metrics and evaluation.

Importing this package, or any part of it, makes a later ``import chainer`` work on today's Python
and NumPy. It imports neither Chainer nor CuPy itself: the rooms below, and `optimize`, are imported
when they are asked for.
"""

from importlib import import_module
from typing import Any

from chainercv_seg import _modern_chainer

__version__ = '0.1.0'

_modern_chainer.install()

#: What is found as ``chainercv_seg.NAME``: the rooms with public names.
_ROOMS = (
    'cli',
    'datasets',
    'evaluations',
    'export',
    'extensions',
    'functions',
    'inference',
    'links',
    'prepared',
    'transforms',
    'utils',
    'visualizations',
    'weights',
)


def __getattr__(name: str) -> Any:
    """Find a room, or `optimize`. Those that need Chainer raise ImportError where it is missing."""
    if name == 'optimize':
        return import_module('chainercv_seg.prepared').optimize
    if name in _ROOMS:
        return import_module(f'chainercv_seg.{name}')
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')


def __dir__() -> list[str]:
    """List the rooms, too, whether they have been imported or not."""
    return sorted({*globals(), *_ROOMS, 'optimize'})
