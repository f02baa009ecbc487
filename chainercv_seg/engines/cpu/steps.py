"""Operations of programs, prepared for the CPU: each reads maps by number and gives one.

Unpooling, and joining with means, are no steps of their own where only convolutions read them: these do
both in passing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from chainercv_seg.engines import program as p
from chainercv_seg.engines.cpu.convolution import Convolution, prepare_convolution
from chainercv_seg.engines.cpu.depthwise import DepthwiseConvolution, separable_convolution
from chainercv_seg.engines.cpu.joining import Join, JoinedConvolution, is_mean, prepare_joined
from chainercv_seg.engines.cpu.local_response import local_response_normalization
from chainercv_seg.engines.cpu.pooling import (
    average_pool,
    cropped,
    max_pool,
    max_pool_with_codes,
    unpool,
)
from chainercv_seg.engines.cpu.products.convolution import MatmulWeights, prepare_matmul

FloatArray: TypeAlias = npt.NDArray[np.float32]
#: ``(N, H, W, C)`` by number of the map; the network's input as `INPUT`, and where pooling took what it
#: kept as `codes_of` the number.
Maps: TypeAlias = dict[int | str, Any]
#: Computes a map, and the codes where it was pooled.
Step: TypeAlias = Callable[[Maps], tuple[FloatArray, Any]]

INPUT = 'input'


def codes_of(number: int) -> str:
    """Name the codes of a pooled map."""
    return f'codes {number}'


@dataclass(frozen=True)
class ImageStep:
    """`Image`."""

    local_response: p.LocalResponse | None

    def __call__(self, maps: Maps) -> tuple[FloatArray, None]:
        """Normalize the input."""
        x = maps[INPUT]
        if self.local_response is not None:
            x = local_response_normalization(x, **vars(self.local_response))
        return x, None


@dataclass(frozen=True)
class ConvolutionStep:
    """`Convolution`, of an `Unpool` too.

    Attributes:
        convolution: The kernel.
        x: What to convolve.
        unpool: The pooled map by whose codes x is put back first, or None.
        add: What to add, or None.
        pool: Whether to pool.
    """

    convolution: Convolution | JoinedConvolution
    x: int
    unpool: int | None
    add: int | None
    pool: bool

    def __call__(self, maps: Maps) -> tuple[FloatArray, Any]:
        """Convolve."""
        add = None if self.add is None else maps[self.add]
        if isinstance(self.convolution, JoinedConvolution):
            y = self.convolution(maps, add)
            return max_pool_with_codes(y) if self.pool else (y, None)
        x = maps[self.x]
        if self.unpool is not None:
            x, codes = cropped(x, maps[codes_of(self.unpool)])
            if add is None and not self.pool:
                return self.convolution.unpooled(x, codes), None
            x = unpool(x, codes)
        if self.pool and add is None:
            return self.convolution.pooled(x)
        y = self.convolution(x, add)
        return max_pool_with_codes(y) if self.pool else (y, None)


@dataclass(frozen=True)
class SeparableStep:
    """`Separable`: depthwise straight into the 1x1 product."""

    depthwise: DepthwiseConvolution
    pointwise: MatmulWeights
    bias: FloatArray
    x: int
    add: int | None
    relu: bool

    def __call__(self, maps: Maps) -> tuple[FloatArray, None]:
        """Convolve twice."""
        y = separable_convolution(
            maps[self.x],
            self.depthwise,
            self.pointwise,
            bias=self.bias,
            residual=None if self.add is None else maps[self.add],
            relu=self.relu,
        )
        return y, None


@dataclass(frozen=True)
class PoolStep:
    """`Unpool`, `MaxPool` or `MeanPool`."""

    node: p.Unpool | p.MaxPool | p.MeanPool

    def __call__(self, maps: Maps) -> tuple[FloatArray, None]:
        """Pool, or put back."""
        node, x = self.node, maps[self.node.x]
        if isinstance(node, p.Unpool):
            return unpool(*cropped(x, maps[codes_of(node.pooled)])), None
        if isinstance(node, p.MaxPool):
            return max_pool(x, size=node.size, stride=node.stride, pad=node.pad), None
        if node.window is None:
            return x.mean(axis=(1, 2), keepdims=True, dtype=np.float32), None
        return average_pool(x, node.window), None


@dataclass(frozen=True)
class JoinStep:
    """`Join`."""

    join: Join

    def __call__(self, maps: Maps) -> tuple[FloatArray, None]:
        """Resize and put behind each other."""
        return self.join(maps), None


def prepare_step(program: p.Program, number: int) -> Step:
    """Prepare the operation that makes a map."""
    node = program.nodes[number]
    if isinstance(node, p.Image):
        return ImageStep(node.local_response)
    if isinstance(node, p.Join):
        return JoinStep(Join(node.maps, node.like))
    if isinstance(node, p.Separable):
        return _separable(node)
    if not isinstance(node, p.Convolution):
        return PoolStep(node)
    W, bias = node.weights.fold()
    options: dict[str, Any] = {
        'stride': node.stride,
        'pad': node.pad,
        'dilate': node.dilate,
        'relu': node.relu,
    }
    source, x, unpooled = program.nodes[node.x], node.x, None
    convolution: Convolution | JoinedConvolution
    if isinstance(source, p.Join) and _absorbed(program, node.x):
        convolution = prepare_joined(program, source, W, bias, **options)
    else:
        convolution = prepare_convolution(W, bias, pool=node.pool, **options)
    if isinstance(source, p.Unpool) and _absorbed(program, node.x):
        x, unpooled = source.x, source.pooled
    return ConvolutionStep(convolution, x, unpooled, node.add, node.pool)


def _separable(node: p.Separable) -> SeparableStep:
    W, bias = node.depthwise.fold()
    depthwise = DepthwiseConvolution(
        np.ascontiguousarray(W[:, 0].transpose(1, 2, 0), np.float32),
        bias.astype(np.float32),
        stride=node.stride,
        pad=node.pad,
        dilate=node.dilate,
        relu_before=node.relu_in,
        relu=node.relu_mid,
    )
    W, bias = node.pointwise.fold()
    pointwise = prepare_matmul(W.astype(np.float32))
    return SeparableStep(depthwise, pointwise, bias.astype(np.float32), node.x, node.add, node.relu)


def _absorbed(program: p.Program, number: int) -> bool:
    """Tell whether only convolutions read a map, and compute it in passing."""
    node = program.nodes[number]
    readers = [reader for reader in program.nodes if number in p.reads(reader)]
    if not readers or not all(
        isinstance(reader, p.Convolution) and reader.add != number for reader in readers
    ):
        return False
    if isinstance(node, p.Unpool):
        return True
    plain = all(
        isinstance(reader, p.Convolution) and reader.stride == reader.dilate == 1
        for reader in readers
    )
    if not (isinstance(node, p.Join) and plain):
        return False
    means = [is_mean(program, part) for part in node.maps]
    return any(means) and not all(means)


def steps_of(program: p.Program) -> list[int]:
    """Return the numbers of the maps that have a step of their own."""
    return [number for number in range(len(program.nodes)) if not _absorbed(program, number)]


def inputs(program: p.Program, number: int) -> list[int | str]:
    """Return what the step of a map reads."""
    node = program.nodes[number]
    if isinstance(node, p.Image):
        return [INPUT]
    if isinstance(node, p.Unpool):
        return [node.x, codes_of(node.pooled)]
    found: list[int | str] = []
    for read in p.reads(node):
        found += inputs(program, read) if _absorbed(program, read) else [read]
    return found
