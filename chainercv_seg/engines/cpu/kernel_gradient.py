"""The gradient of a convolution with respect to its kernel, by whichever method costs least."""

import numpy as np
import numpy.typing as npt

from chainercv_seg.engines.cpu.convolution import convolution_costs
from chainercv_seg.engines.cpu.fft.gradient import fft_kernel_gradient
from chainercv_seg.engines.cpu.pooling import unpool
from chainercv_seg.engines.cpu.products.gradient import matmul_kernel_gradient
from chainercv_seg.engines.cpu.winograd.gradient import winograd_kernel_gradient

FloatArray = npt.NDArray[np.float32]


def kernel_gradient(
    x: FloatArray,
    gy: FloatArray,
    *,
    ksize: int,
    pad: int = 0,
    dilate: int = 1,
    codes: npt.NDArray[np.int8] | None = None,
    method: str | None = None,
) -> FloatArray:
    """Differentiate a convolution with stride 1 with respect to its square kernel.

    Args:
        x: ``(N, H, W, C)`` float32, its input. C-contiguous.
        gy: ``(N, H + 2 pad - dilate (ksize - 1), likewise, O)`` float32, the gradient of its
            result. C-contiguous.
        ksize: Size of the kernel.
        pad: Rows and columns of zeros on each side of x.
        dilate: Distance between the kernel's taps.
        codes: int8 of x's shape, where the input is x put back to twice its size by `unpool`.
        method: A key of `convolution_costs`, to choose it oneself. Each costs about what the
            convolution by it costs.

    Returns:
        ``(O, C, ksize, ksize)`` float32.

    Raises:
        ValueError: The method cannot compute this gradient.
    """
    shape = (gy.shape[3], x.shape[3], ksize, ksize)
    positions = gy.size // gy.shape[3]
    costs = convolution_costs(shape, dilate=dilate, positions=positions)
    method = method or min(costs, key=costs.__getitem__)
    if method not in costs:
        raise ValueError(f'expected one of the methods {sorted(costs)}, found {method!r}')
    if method == 'fft':
        return fft_kernel_gradient(x, gy, kernel=(ksize, ksize), pad=(pad, pad), codes=codes)
    if codes is not None:
        x = unpool(x, codes)
    if method == 'winograd':
        return winograd_kernel_gradient(x, gy, pad=pad, dilate=dilate)
    return matmul_kernel_gradient(x, gy, ksize=ksize, pad=pad, dilate=dilate)
