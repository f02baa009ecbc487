"""Convolution links prepared for inference, their batch normalizations folded in."""

from collections.abc import Callable
from typing import Any

import chainer.functions as F
import numpy as np
import numpy.typing as npt

from chainercv_seg.engines.cpu.convolution import Convolution, prepare_convolution

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
    W *= factor[:, None, None, None]
    return W, (bias - bn.avg_mean) * factor + shift


def is_relu(activ: Callable[[Any], Any] | None) -> bool:
    """Tell whether an activation is ReLU or none.

    Raises:
        TypeError: It is another one.
    """
    if activ is not F.relu and activ is not F.identity and activ is not None:
        raise TypeError(f'expected ReLU or no activation in a network to optimize, found {activ!r}')
    return activ is F.relu


def geometry(conv: Any) -> dict[str, Any]:
    """Return the arguments ``stride``, ``pad`` and ``dilate`` of a convolution link.

    Raises:
        TypeError: They are not the same along both axes.
    """
    pairs = {'stride': conv.stride, 'pad': conv.pad, 'dilate': conv.dilate}
    for name, pair in pairs.items():
        if pair[0] != pair[1]:
            raise TypeError(f'expected one {name} for both axes in a network to optimize: {pair}')
    return {name: pair[0] for name, pair in pairs.items()}


def prepared(link: Any, *, relu: bool | None = None) -> Convolution:
    """Prepare a `Conv2DBNActiv`.

    Args:
        link: The link, on the CPU. Without groups.
        relu: Whether negative results become 0, if that is not for the link's own activation to say.

    Raises:
        TypeError: The link has groups, another activation, or strides that differ.
    """
    if link.conv.groups != 1:
        raise TypeError(f'expected no groups in a network to optimize, found {link.conv.groups}')
    relu = is_relu(link.activ) if relu is None else relu
    return prepare_convolution(*folded(link.conv, link.bn), relu=relu, **geometry(link.conv))
