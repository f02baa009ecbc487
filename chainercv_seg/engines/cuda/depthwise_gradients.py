"""A depthwise convolution and both of its gradients by kernels of our own, for training: channels first."""

from typing import Any

from chainercv_seg.engines.cuda.launching import BLOCKS, DEFINITIONS, blocks_for, launch, source
from chainercv_seg.engines.piecewise.pieces import MOST_ELEMENTS, Pair, Window

SOURCE = source('depthwise_gradients')


def is_depthwise(x: Any, W: Any, groups: int) -> bool:
    """Tell whether a convolution is of each channel alone, of types and sizes that the kernels take."""
    # Kernels number with 32 bits, and step once beyond the end; a result is no larger than padding makes it.
    return (
        groups == x.shape[1] == len(W)
        and W.shape[1] == 1
        and x.dtype == W.dtype
        and x.dtype.name in DEFINITIONS
        and 2 * x.size < MOST_ELEMENTS
    )


class DepthwiseGradients:
    """Methods for a channel at a time: maps of ``C`` channels in ``C`` groups, arrays of one type.

    Args:
        xp: CuPy.
    """

    def __init__(self, *, xp: Any) -> None:
        self.xp = xp

    def forward(self, x: Any, W: Any, window: Window) -> Any:
        """Compute ``(N, C, height, width)``.

        Raises:
            ValueError: The padded map is smaller than the kernel.
        """
        y = self.xp.empty((*x.shape[:2], *window.result_size(x.shape[2:])), x.dtype)
        self._each('depthwise_forward', x, W, y, window, x.shape[2:], y.shape[2:])
        return y

    def data(self, gy: Any, W: Any, window: Window, size: Pair) -> Any:
        """Compute the gradient with respect to maps ``(N, C, *size)``."""
        gx = self.xp.empty((*gy.shape[:2], *size), gy.dtype)
        self._each('depthwise_data', gy, W, gx, window, size, gy.shape[2:])
        return gx

    def weights(self, x: Any, gy: Any, window: Window, dtype: Any) -> Any:
        """Compute the gradient with respect to the kernel, ``(C, 1, kh, kw)``."""
        gW = self.xp.empty((x.shape[1], 1, *window.kernel), dtype)
        arrays = (self.xp.ascontiguousarray(array.astype(dtype, copy=False)) for array in (x, gy))
        sizes = gW.size, *x.shape[:2], *x.shape[2:], *gy.shape[2:], *_numbers(window)
        blocks = max(1, min(gW.size, BLOCKS))
        launch(SOURCE, 'depthwise_weights', gW.dtype, blocks, (*arrays, gW, *sizes))
        return gW

    def _each(
        self, name: str, x: Any, W: Any, y: Any, window: Window, size: Pair, result_size: Pair
    ) -> None:
        """Run a kernel with a thread for each number of a result."""
        arrays = (self.xp.ascontiguousarray(array) for array in (x, W))
        sizes = y.size, y.shape[1], *size, *result_size, *_numbers(window)
        launch(SOURCE, name, y.dtype, blocks_for(y.size), (*arrays, y, *sizes))


def _numbers(window: Window) -> tuple[int, ...]:
    return *window.kernel, *window.stride, *window.pad, *window.dilate
