"""Links as operations of a program, their batch normalizations folded into kernels."""

from collections.abc import Callable
from functools import partial
from typing import Any

import chainer
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
        conv: Chainer's convolution link, on any device.
        bn: Chainer's batch normalization link, or None.

    Raises:
        TypeError: One of them is not known, or has no values yet, or values of half precision.
    """
    for link in (conv,) if bn is None else (conv, bn):
        check_known(link)
        _check_arrays(link)
    if bn is not None and getattr(bn, 'axis', None) not in (None, (0, 2, 3)):
        raise TypeError(f'expected a batch normalization over {(0, 2, 3)} to optimize: {bn.axis}')
    return Weights(conv.W.shape, partial(_fold, conv, bn))


def _check_arrays(link: Any) -> None:
    """Check that all that is folded is there."""
    persistent = {name: getattr(link, name, None) for name in ('avg_mean', 'avg_var')}
    arrays = {param.name: param.array for param in link.params(include_uninit=True)} | {
        name: value for name, value in persistent.items() if hasattr(link, name)
    }
    for name, array in arrays.items():
        if array is None:
            raise TypeError(
                f'{name} of {link.name} has no values yet: call the network once before it is optimized'
            )


def _fold(conv: Any, bn: Any) -> tuple[DoubleArray, DoubleArray]:
    W = _double(conv.W)
    bias = np.zeros(len(W)) if conv.b is None else _double(conv.b)
    if bn is None:
        return W, bias
    factor = 1 / np.sqrt(_double(bn.avg_var) + bn.eps)
    if getattr(bn, 'gamma', None) is not None:
        factor *= _double(bn.gamma)
    beta = getattr(bn, 'beta', None)
    W *= factor[:, None, None, None]
    return W, (bias - _double(bn.avg_mean)) * factor + (0 if beta is None else _double(beta))


def _double(array: Any) -> DoubleArray:
    """A copy of a parameter or an array of any device in this computer's memory."""
    array = getattr(array, 'array', array)
    return np.array(chainer.backends.cuda.to_cpu(array), np.float64)


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


def is_pointwise(conv: Any) -> bool:
    """Tell whether a convolution link looks at each pixel alone."""
    geometry = conv.W.shape[2:], conv.stride, conv.pad, conv.groups
    return geometry == ((1, 1), (1, 1), (0, 0), 1)


def bare_convolution(program: Program, x: Map, conv: Any, bn: Any = None, **fused: Any) -> Map:
    """Write down a convolution link, and a batch normalization link if there is one behind it.

    Args:
        program: What to write to.
        x: What it convolves.
        conv: The link. Without groups.
        bn: The other.
        **fused: What else the node does: ``add``, ``relu``, ``pool``.

    Raises:
        TypeError: One of them is not known; the convolution has groups, or strides that differ.
    """
    weights = folded(conv, bn)
    if conv.groups != 1:
        raise TypeError(f'expected no groups in a network to optimize, found {conv.groups}')
    return program.write(Convolution(x=x, weights=weights, **geometry(conv), **fused))


def convolution(
    program: Program, x: Map, link: Any, *, add: Map | None = None, relu: bool | None = None
) -> Map:
    """Write down a `Conv2DBNActiv`.

    Args:
        program: What to write to.
        x: What it convolves.
        link: The link. Without groups.
        add: What is added to its result.
        relu: Whether negative results become 0 after that, if that is not for the link's own activation
            to say.

    Raises:
        TypeError: The link is not a known one, has groups, another activation, or strides that differ.
    """
    check_known(link, Conv2DBNActiv)
    relu = is_relu(link.activ) if relu is None else relu
    return bare_convolution(program, x, link.conv, link.bn, add=add, relu=relu)


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
    weights = folded(link.depthwise, link.dw_bn)
    pointwise = folded(link.pointwise, link.pw_bn)
    is_depthwise = link.depthwise.groups == x.channels and weights.shape[:2] == (x.channels, 1)
    if not (is_depthwise and is_pointwise(link.pointwise)):
        raise TypeError(f'expected a depthwise and a 1x1 convolution in {link.name}')
    node = Separable(
        x=x,
        weights=weights,
        pointwise=pointwise,
        relu_in=relu_in,
        relu_mid=is_relu(link.dw_activ),
        add=add,
        relu=is_relu(link.pw_activ) if relu is None else relu,
        **geometry(link.depthwise),
    )
    return program.write(node)
