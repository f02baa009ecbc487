"""Unpooling and convolution in one, for training on the CPU."""

from typing import Any

import chainer
import chainer.functions as F
import numpy as np

from chainercv_seg.engines.cpu.convolution import prepare_convolution
from chainercv_seg.engines.cpu.kernel_gradient import kernel_gradient
from chainercv_seg.engines.cpu.layout import channels_first, channels_last
from chainercv_seg.engines.cpu.pooling import take_pooled
from chainercv_seg.functions.convolution_function import convolution_2d
from chainercv_seg.functions.fused_function import FusedFunction


def cropped(x: Any, other: Any) -> tuple[Any, Any]:
    """Crop ``(N, C, H, W)`` arrays or variables to the smaller of the two.

    Maps of odd sizes are pooled to sizes rounded up, so that a map and the indices by which it is put
    back can differ by one row or column.
    """
    rows, columns = (min(pair) for pair in zip(x.shape[2:], other.shape[2:], strict=True))
    part = (slice(None), slice(None), slice(rows), slice(columns))
    return tuple(
        array if array.shape[2:] == (rows, columns) else array[part] for array in (x, other)
    )


def unpooling_convolution_2d(x: Any, W: Any, codes: np.ndarray, *, pad: int) -> chainer.Variable:
    """Put values where pooling took them, then convolve with stride 1.

    Args:
        x: ``(N, C, H, W)`` float32 array or variable, on the CPU.
        W: ``(O, C, k, k)`` float32 array or variable.
        codes: ``(N, H, W, C)`` int8, from `max_pool_with_codes`; both are cropped to the smaller.
        pad: Rows and columns of zeros on each side.

    Returns:
        The result for a map of twice the size.
    """
    x, codes = cropped(x, channels_first(codes))
    codes = np.ascontiguousarray(np.moveaxis(codes, 1, -1))
    return UnpoolingConvolution2D(codes, pad).apply((x, W))[0]


class UnpoolingConvolution2D(FusedFunction):
    """Puts values where pooling took them, then convolves with stride 1, without the map between.

    Args:
        codes: ``(N, H, W, C)`` int8, from `max_pool_with_codes`.
        pad: Rows and columns of zeros on each side.
    """

    def __init__(self, codes: np.ndarray, pad: int) -> None:
        super().__init__()
        self.codes, self.pad = codes, pad

    def forward(self, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        """Convolve ``(N, C, 2 H, 2 W)``, made of ``(N, C, H, W)``, with ``(O, C, k, k)``."""
        self.retain_inputs((0, 1))
        x, W = inputs
        convolution = prepare_convolution(W, pad=self.pad, positions=4 * self.codes[..., 0].size)
        return (channels_first(convolution.unpooled(channels_last(x), self.codes)),)

    def gradients(
        self, indexes: tuple[int, ...], inputs: tuple[Any, ...], gy: Any
    ) -> dict[int, Any]:
        """Differentiate; the convolution's kernel is turned for the gradient of the data."""
        x, W = inputs
        gy = channels_last(gy)
        ksize, results = W.shape[2], {}
        if 0 in indexes:
            turned = W[:, :, ::-1, ::-1].transpose(1, 0, 2, 3)
            back = prepare_convolution(
                turned, pad=ksize - 1 - self.pad, positions=4 * self.codes[..., 0].size
            )
            results[0] = channels_first(take_pooled(back(gy), self.codes))
        if 1 in indexes:
            results[1] = kernel_gradient(
                channels_last(x), gy, ksize=ksize, pad=self.pad, codes=self.codes
            )
        return results

    def plain(self, *inputs: chainer.Variable) -> chainer.Variable:
        """Unpool by a product with ones and zeros, then convolve."""
        x, W = inputs
        N, C, height, width = x.shape
        codes = channels_first(self.codes)
        ones = np.stack([codes == code for code in range(4)], axis=2).astype(x.dtype)
        windows = F.broadcast_to(x[:, :, None], ones.shape) * ones
        windows = F.reshape(windows, (N, C, 2, 2, height, width))
        x = F.reshape(F.transpose(windows, (0, 1, 4, 2, 5, 3)), (N, C, 2 * height, 2 * width))
        return convolution_2d(x, W, pad=self.pad)
