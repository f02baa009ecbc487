"""Semantic segmentation on Chainer: networks, data sets, metrics and evaluation.

Importing this package, or any part of it, makes a later ``import chainer`` work on today's Python
and NumPy. It imports neither Chainer nor CuPy itself.
"""

from chainercv_seg import _modern_chainer

__version__ = '0.1.0'

_modern_chainer.install()
