"""The piecewise convolution, called as Chainer's is."""

from chainercv_seg.engines.piecewise.pieces import Window
from chainercv_seg.functions.piecewise_function import Piecewise
from chainercv_seg.functions.window_convolution import window_convolution_2d


def piecewise_convolution_2d(x, W, b=None, **options):
    return window_convolution_2d(x, W, b, Window(W.shape[2:], **options), Piecewise())
