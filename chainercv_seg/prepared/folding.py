"""Links as operations of a program, their batch normalizations folded into kernels."""

from collections.abc import Callable
from functools import partial
from typing import Any

import chainer.functions as F
import numpy as np

from chainercv_seg.engines.program import (
    Convolution,
    DoubleArray,
    Map,
    Program,
    Separable,
    Weights,
)
from chainercv_seg.links import Conv2DBNActiv, SeparableConv2DBNActiv
from chainercv_seg.prepared.known import check_known


def folded(conv: Any, bn: Any = None) -> Weights:
    """Describe the kernel and bias of a convolution followed by a batch normalization.

    With the running statistics, as in inference, the normalization is a factor and a shift of each
    output channel.

    Args:
        conv: Chainer's convolution link, on the CPU.
        bn: Chainer's batch normalization link, or None.

    Raises:
        TypeError: One of them is not known.
    """
    check_known(conv)
    if bn is not None:
        check_known(bn)
    return Weights(conv.W.shape, partial(_fold, conv, bn))


def _fold(conv: Any, bn: Any) -> tuple[DoubleArray, DoubleArray]:
    W = conv.W.array.astype(np.float64)
    bias = np.zeros(len(W)) if conv.b is None else conv.b.array.astype(np.float64)
    if bn is None:
        return W, bias
    factor = 1 / np.sqrt(bn.avg_var.astype(np.float64) + bn.eps)
    if getattr(bn, 'gamma', None) is not None:
        factor *= bn.gamma.array
    beta = getattr(bn, 'beta', None)
    W *= factor[:, None, None, None]
    return W, (bias - bn.avg_mean) * factor + (0 if beta is None else beta.array)


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


def convolution(
    program: Program, x: Map, link: Any, *, add: Map | None = None, relu: bool | None = None
) -> Map:
    """Write down a `Conv2DBNActiv`.

    Args:
        program: What to write to.
        x: What it convolves.
        link: The link, on the CPU. Without groups.
        add: What is added to its result.
        relu: Whether negative results become 0 after that, if that is not for the link's own activation
            to say.

    Raises:
        TypeError: The link is not a known one, has groups, another activation, or strides that differ.
    """
    check_known(link, Conv2DBNActiv)
    if link.conv.groups != 1:
        raise TypeError(f'expected no groups in a network to optimize, found {link.conv.groups}')
    relu = is_relu(link.activ) if relu is None else relu
    weights = folded(link.conv, link.bn)
    node = Convolution(x=x, weights=weights, add=add, relu=relu, **geometry(link.conv))
    return program.write(node)


def separable(
    program: Program,
    x: Map,
    link: Any,
    *,
    relu_in: bool = False,
    add: Map | None = None,
    relu: bool | None = None,
) -> Map:
    """Write down a `SeparableConv2DBNActiv`; arguments as for `convolution`.

    Raises:
        TypeError: The link is not a known one, has another activation, or strides that differ.
    """
    check_known(link, SeparableConv2DBNActiv)
    if link.depthwise.groups != link.depthwise.W.shape[0] or geometry(link.pointwise) != {
        'stride': 1,
        'pad': 0,
        'dilate': 1,
    }:
        raise TypeError(f'expected a depthwise and a 1x1 convolution in {link.name}')
    node = Separable(
        x=x,
        weights=folded(link.depthwise, link.dw_bn),
        pointwise=folded(link.pointwise, link.pw_bn),
        relu_in=relu_in,
        relu_mid=is_relu(link.dw_activ),
        add=add,
        relu=is_relu(link.pw_activ) if relu is None else relu,
        **geometry(link.depthwise),
    )
    return program.write(node)
