"""The gradient of a convolution with respect to its kernel, by products of gathered patches.

Rows of the map go through in pieces, as in `matmul_convolution`, at the same cost and error.
Compiled kernels only.
"""

import numpy as np
import numpy.typing as npt

from chainercv_seg.engines.cpu.products.convolution import LEAST_ROWS, PIECE, gather
from chainercv_seg.engines.cpu.scratch import scratch
from chainercv_seg.engines.cpu.threads import parallel

FloatArray = npt.NDArray[np.float32]


def matmul_kernel_gradient(
    x: FloatArray, gy: FloatArray, *, ksize: int, pad: int = 0, dilate: int = 1
) -> FloatArray:
    """Differentiate a convolution with stride 1 with respect to its square kernel.

    Args:
        x: ``(N, H, W, C)`` float32, its input. C-contiguous.
        gy: ``(N, H + 2 pad - dilate (ksize - 1), likewise, O)`` float32, the gradient of its
            result. C-contiguous.
        ksize: Size of the kernel.
        pad: Rows and columns of zeros on each side of x.
        dilate: Distance between the kernel's taps.

    Returns:
        ``(O, C, ksize, ksize)`` float32.
    """
    N, height, width, O = gy.shape
    C = x.shape[3]
    depth = ksize * ksize * C
    lines = max(1, LEAST_ROWS // width, PIECE // (width * max(depth, O)))
    table = gy.reshape(-1, O)

    def work(start: int, stop: int) -> FloatArray:
        total = np.zeros((depth, O), np.float32)
        for first in range(start, stop, lines):
            last = min(stop, first + lines)
            here = slice(first * width, last * width)
            if (ksize, pad) == (1, 0):
                total += x.reshape(-1, C)[here].T @ table[here]
                continue
            with scratch(((last - first) * width, depth)) as (rows,):
                gather(x, first, last, width, (ksize, ksize), 1, pad, dilate, rows)
                total += rows.T @ table[here]
        return total

    gW = np.sum(parallel(work, N * height), axis=0, dtype=np.float32)
    return np.ascontiguousarray(gW.reshape(ksize, ksize, C, O).transpose(3, 2, 0, 1))
