"""The weights of a program as the kernels and cuDNN read them."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Any

import numpy as np

from chainercv_seg.engines.cuda.analysis import Analysis
from chainercv_seg.engines.cuda.arithmetic import (
    DoubleArray,
    Sums,
    high_part,
    kernel_array,
    padded,
    sums,
    vector,
)
from chainercv_seg.engines.program import Convolution, Separable
from chainercv_seg.utils.errors import PrecisionError


@dataclass(frozen=True)
class Kernel:
    """The kernel of a convolution, on the device.

    Attributes:
        sums: How its products are added up.
        shape: ``(O, C, kh, kw)`` as it is in memory.
        arrays: For each piece the kernel, or its high and its low part.
    """

    sums: Sums
    shape: tuple[int, int, int, int]
    arrays: list[tuple[Any, ...]]

    def mapped(self, change: Callable[[Any], Any]) -> 'Kernel':
        """The same with each array changed."""
        return replace(self, arrays=[tuple(map(change, pair)) for pair in self.arrays])


@dataclass(frozen=True)
class NodeWeights:
    """What a convolution reads besides maps, on the device.

    Attributes:
        kernel: Its kernel; of a separable one the pointwise.
        bias: Its bias, float32.
        small: For each small map that is joined the kernel that applies all taps to it.
        depthwise: ``(kh * kw, C)`` float32, and the bias of it.
    """

    kernel: Kernel
    bias: Any
    small: dict[int, Kernel] = field(default_factory=dict)
    depthwise: tuple[Any, ...] | None = None

    def mapped(self, change: Callable[[Any], Any]) -> 'NodeWeights':
        """The same with each array changed."""
        return NodeWeights(
            self.kernel.mapped(change),
            change(self.bias),
            {number: kernel.mapped(change) for number, kernel in self.small.items()},
            self.depthwise and tuple(map(change, self.depthwise)),
        )


#: The largest number of half precision.
MOST_HALF = 65504
#: Brings an array to the device.
Upload = Callable[[Any], Any]


def prepare_weights(analysis: Analysis, upload: Upload) -> dict[int, NodeWeights]:
    """Fold and bring over the weights, one convolution after the other.

    Raises:
        PrecisionError: They do not fit into half precision.
    """
    found = {}
    for number, node in enumerate(analysis.nodes):
        if isinstance(node, Separable):
            found[number] = _separable(analysis, node, upload)
        elif isinstance(node, Convolution):
            found[number] = _convolution(analysis, node, upload)
    return found


def _convolution(analysis: Analysis, node: Convolution, upload: Upload) -> NodeWeights:
    W, bias = node.weights.fold()
    x, precision = node.x.number, analysis.precision
    bias = upload(vector(bias, padded(len(W), precision)))
    small = {}
    if x in analysis.commuting:
        join: Any = analysis.nodes[x]
        large = analysis.large(x)
        ends = list(accumulate(part.channels for part in join.maps))
        parts = {
            part: W[:, end - part.channels : end] for part, end in zip(join.maps, ends, strict=True)
        }
        small = {
            part.number: _taps(W, analysis, part.number, upload)
            for part, W in parts.items()
            if part not in large
        }
        W = np.concatenate([parts[part] for part in large], axis=1)
    split = analysis.source(x) in analysis.split
    return NodeWeights(_kernel(W, precision, split, upload), bias, small)


def _taps(W: DoubleArray, analysis: Analysis, number: int, upload: Upload) -> Kernel:
    """Make a 1x1 kernel of what all taps make of a small map: ``(taps * taps * O, C, 1, 1)``."""
    O, C, k, _ = W.shape
    room = np.zeros((k, k, padded(O, analysis.precision), C))
    room[:, :, :O] = W.transpose(2, 3, 0, 1)
    flat = room.reshape(-1, C, 1, 1)
    return _kernel(flat, analysis.precision, number in analysis.split, upload)


def _separable(analysis: Analysis, node: Separable, upload: Upload) -> NodeWeights:
    precision = analysis.precision
    W, shift = node.weights.fold()
    channels = padded(len(W), precision)
    depthwise = np.zeros((W.shape[2] * W.shape[3], channels), np.float32)
    depthwise[:, : len(W)] = W[:, 0].transpose(1, 2, 0).reshape(-1, len(W))
    P, bias = node.pointwise.fold()
    return NodeWeights(
        _kernel(P, precision, analysis.splits_between(node), upload),
        upload(vector(bias, padded(len(P), precision))),
        depthwise=(upload(depthwise), upload(vector(shift, channels))),
    )


def _kernel(W: DoubleArray, precision: str, split: bool, upload: Upload) -> Kernel:
    O, C, kh, kw = W.shape
    if precision == 'float16' and not np.abs(W).max() <= MOST_HALF:
        raise PrecisionError(
            f'a kernel of this network has numbers that do not fit into {precision}: use tf32 or float32'
        )
    shape = padded(O, precision), padded(C, precision), kh, kw
    array = kernel_array(W, shape[:2])
    how = sums(precision, shape[1], kh * kw, split=split)
    arrays: list[tuple[Any, ...]] = []
    for piece in how.pieces:
        part = np.ascontiguousarray(array[..., piece])
        if split:
            high = high_part(part)
            arrays.append((upload(high), upload(part - high)))
        else:
            arrays.append((upload(part.astype(np.float16 if precision == 'float16' else 'f')),))
    return Kernel(how, shape, arrays)
