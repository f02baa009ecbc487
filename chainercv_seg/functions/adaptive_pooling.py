"""Average pooling over as many bins as are asked for, whatever the size of a map."""

from typing import Any

import chainer
import chainer.functions as F
import numpy as np

from chainercv_seg.engines.bins import bin_edges


def adaptive_average_pooling(x: Any, bins: int) -> chainer.Variable:
    """Average over as many bins along each axis, whatever the size of a map.

    Args:
        x: ``(N, C, H, W)`` float32.
        bins: How many. Bin i of n over a length L holds the positions from ``floor(i L / n)`` to
            ``ceil((i + 1) L / n)``, as in PyTorch.

    Returns:
        ``(N, C, bins, bins)`` float32.
    """
    for _ in range(2):  # columns, then rows
        N, C, H, W = x.shape
        matrix = np.zeros((bins, W), x.dtype)
        for i, (start, stop) in enumerate(bin_edges(W, bins)):
            matrix[i, start:stop] = 1 / (stop - start)
        matrix = chainer.backend.get_array_module(x).asarray(matrix)
        pooled = F.linear(x.reshape(N * C * H, W), matrix)
        x = pooled.reshape(N, C, H, bins).transpose(0, 1, 3, 2)
    return x
