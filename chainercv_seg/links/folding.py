"""Kernels and biases in which a batch normalization is folded into its convolution."""

from typing import Any

import numpy as np
import numpy.typing as npt

DoubleArray = npt.NDArray[np.float64]


def folded(conv: Any, bn: Any = None) -> tuple[DoubleArray, DoubleArray]:
    """Return the kernel and bias of a convolution followed by a batch normalization.

    With the running statistics, as in inference, the normalization is a factor and a shift of each
    output channel.

    Args:
        conv: Chainer's convolution link, on the CPU.
        bn: Chainer's batch normalization link, or None.

    Returns:
        ``(O, C, kh, kw)`` and ``(O,)`` float64, so that more can be folded in without rounding.
    """
    W = conv.W.array.astype(np.float64)
    bias = np.zeros(len(W)) if conv.b is None else conv.b.array.astype(np.float64)
    if bn is None:
        return W, bias
    factor = 1 / np.sqrt(bn.avg_var.astype(np.float64) + bn.eps)
    if hasattr(bn, 'gamma'):
        factor *= bn.gamma.array
    shift = bn.beta.array if hasattr(bn, 'beta') else 0
    return W * factor[:, None, None, None], (bias - bn.avg_mean) * factor + shift
