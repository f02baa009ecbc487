"""NumPy in the place of cuDNN: computes problems on arrays of this computer, in double precision."""

import numpy as np

from chainercv_seg.engines.piecewise.convolution import (
    piecewise_convolution,
    piecewise_data_gradient,
    piecewise_weight_gradient,
)
from chainercv_seg.engines.piecewise.pieces import Window
from chainercv_seg.utils.errors import DeviceError


class NumPyConvolver:
    """What a `Convolver` does on a GPU; writes down the problems that it was asked for.

    Args:
        refused: Kinds of problems for which there is no plan.
    """

    def __init__(self, refused=()):
        self.refused, self.problems = refused, []

    def convolve(self, problem, first, second, result):
        if problem.kind in self.refused:
            raise DeviceError(f'cuDNN has no way to compute {problem.key}')
        self.problems.append(problem)
        arrays = first, second, result
        assert [array.shape for array in arrays] == list(problem.shapes)
        dtype = np.float16 if problem.precision == 'float16' else np.float32
        for array, shape in zip(arrays, problem.shapes, strict=True):
            assert array.dtype == dtype
            assert [n // array.itemsize for n in array.strides] == problem.strides(shape)
        window = Window(problem.kernel[2:], problem.stride, problem.pad, problem.dilate)
        a, b = first.astype('d'), second.astype('d')
        if problem.kind == 'forward':
            result[...] = piecewise_convolution(a, b, window, xp=np)
        elif problem.kind == 'data':
            result[...] = piecewise_data_gradient(a, b, window, problem.x[2:], xp=np)
        else:
            result[...] = piecewise_weight_gradient(a, b, window, dtype='d', xp=np)
