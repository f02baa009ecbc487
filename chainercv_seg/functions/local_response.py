"""Local response normalization, on the CPU as the engine computes it."""

from typing import Any

import chainer
import chainer.functions as F
import numpy as np

from chainercv_seg.engines.cpu import local_response
from chainercv_seg.engines.cpu.layout import channels_first, channels_last


def local_response_normalization(
    x: Any, *, n: int, k: float, alpha: float, beta: float
) -> chainer.Variable:
    """Divide by a power of the squares of ``n`` neighbouring channels, as Chainer does.

    Args:
        x: ``(N, C, H, W)`` array or variable. Float32 on the CPU that needs no gradient goes the fast way.
        n: Channels of a window.
        k: Added to the sum of squares.
        alpha: Factor of that sum.
        beta: The power.

    Returns:
        The same shape and type.
    """
    x = chainer.as_variable(x)
    if x.xp is not np or x.dtype != np.float32 or x.requires_grad:
        return F.local_response_normalization(x, n=n, k=k, alpha=alpha, beta=beta)
    y = local_response.local_response_normalization(
        channels_last(x.array), n=n, k=k, alpha=alpha, beta=beta
    )
    return chainer.as_variable(channels_first(y))
