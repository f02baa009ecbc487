"""A convolution and both of its gradients by cuDNN, for training: channels first, as Chainer's arrays are."""

from typing import Any, Protocol

import numpy as np

from chainercv_seg.engines.cuda.problem import Problem
from chainercv_seg.engines.piecewise.pieces import Pair, Window


class Convolves(Protocol):
    """What computes problems: a `Convolver`."""

    def convolve(self, problem: Problem, first: Any, second: Any, result: Any) -> None:
        """Compute a problem from two arrays into a third."""


class CuDNNGradients:
    """Methods for arrays of float32 or float16, both of one type, without groups.

    They raise a DeviceError where cuDNN has no way to compute something.

    Args:
        convolver: What computes.
        precision: In what float32 is computed: ``'float32'`` or ``'tf32'``.
        xp: CuPy.
    """

    def __init__(self, convolver: Convolves, precision: str, *, xp: Any) -> None:
        self.convolver, self.precision, self.xp = convolver, precision, xp

    def forward(self, x: Any, W: Any, window: Window) -> Any:
        """Compute ``(N, O, height, width)``.

        Raises:
            ValueError: The padded map is smaller than the kernel.
        """
        window.result_size(x.shape[2:])
        return self._compute('forward', x.shape, W.shape, window, x, W)

    def data(self, gy: Any, W: Any, window: Window, size: Pair) -> Any:
        """Compute the gradient with respect to maps ``(N, C, *size)``."""
        return self._compute('data', (len(gy), W.shape[1], *size), W.shape, window, gy, W)

    def weights(self, x: Any, gy: Any, window: Window, dtype: Any) -> Any:
        """Compute the gradient with respect to the kernel."""
        kernel = gy.shape[1], x.shape[1], *window.kernel
        found = self._compute('weights', x.shape, kernel, window, x, gy)
        return found.astype(dtype, copy=False)

    def _compute(
        self, kind: str, x: Any, kernel: Any, window: Window, first: Any, second: Any
    ) -> Any:
        problem = Problem(
            kind=kind,
            x=x,
            kernel=kernel,
            stride=window.stride,
            pad=window.pad,
            dilate=window.dilate,
            precision='float16' if first.dtype == np.float16 else self.precision,
        )
        result = self.xp.empty(problem.shapes[2], first.dtype)
        first, second = (self.xp.ascontiguousarray(array) for array in (first, second))
        self.convolver.convolve(problem, first, second, result)
        return result
