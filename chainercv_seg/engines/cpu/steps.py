"""Operations of programs, prepared for the CPU: each reads maps by number and gives one.

Unpooling, and joining with means, are no steps of their own where only convolutions read them: these do
both in passing.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from chainercv_seg.engines.cpu.bfloat16 import Words
from chainercv_seg.engines.cpu.bfloat16_maps import is_in_bfloat16
from chainercv_seg.engines.cpu.convolution import prepare_convolution
from chainercv_seg.engines.cpu.depthwise import DepthwiseConvolution, separable_convolution
from chainercv_seg.engines.cpu.joining import join, prepare_joined
from chainercv_seg.engines.cpu.local_response import local_response_normalization
from chainercv_seg.engines.cpu.pooling import (
    average_bins,
    average_pool,
    cropped,
    max_pool,
    max_pool_with_codes,
    unpool,
)
from chainercv_seg.engines.cpu.products.convolution import MatmulWeights, prepare_matmul
from chainercv_seg.engines.program import (
    Convolution,
    Image,
    Join,
    LocalResponse,
    MaxPool,
    MeanPool,
    Node,
    Program,
    Separable,
    Unpool,
)
from chainercv_seg.engines.small_maps import is_convolved, is_join_with_means

FloatArray: TypeAlias = npt.NDArray[np.float32]
#: ``(N, H, W, C)`` by number of the map, float32 or the bits of bfloat16; the network's input as `INPUT`, and
#: where pooling took what it kept as `codes_of` the number.
Maps: TypeAlias = dict[int | str, Any]
#: Computes a map, and the codes where it was pooled.
Result: TypeAlias = tuple[Words, npt.NDArray[np.int8] | None]
Step: TypeAlias = Callable[[Maps], Result]

INPUT = 'input'


def codes_of(number: int) -> str:
    """Name the codes of a pooled map."""
    return f'codes {number}'


def prepare_step(program: Program, number: int, *, bfloat16: bool = False) -> Step:
    """Prepare the operation that makes a map, perhaps with products of bfloat16. The step can be pickled."""
    node = program.nodes[number]
    narrow = bfloat16 and is_in_bfloat16(program, number)
    if isinstance(node, Separable):
        return _prepare_separable(node, bfloat16, narrow)
    if isinstance(node, Convolution):
        return _prepare_convolution(program, node, bfloat16, narrow)
    if isinstance(node, Image):
        return partial(_image, node.local_response)
    if isinstance(node, Unpool):
        return partial(_unpool, node.x.number, node.pooled.number)
    if isinstance(node, Join):
        numbers = tuple(part.number for part in node.maps)
        return partial(_join, numbers, node.x.number, node.align_corners)
    return partial(_pool, node)


def _image(response: LocalResponse | None, maps: Maps) -> Result:
    x = maps[INPUT]
    return x if response is None else local_response_normalization(x, **response._asdict()), None


def _unpool(x: int, pooled: int, maps: Maps) -> Result:
    return unpool(*cropped(maps[x], maps[codes_of(pooled)])), None


def _join(numbers: tuple[int, ...], like: int, align_corners: bool, maps: Maps) -> Result:
    return join(maps, numbers, like, align_corners=align_corners), None


def _pool(node: Any, maps: Maps) -> Result:
    x = maps[node.x.number]
    if isinstance(node, MaxPool):
        window = {'size': node.window, 'stride': node.stride, 'pad': node.pad}
        return max_pool(x, cover_all=node.cover_all, **window), None
    assert isinstance(node, MeanPool)
    if node.bins is not None:
        return average_bins(x, node.bins), None
    if node.window is None:
        return x.mean(axis=(1, 2), keepdims=True, dtype=np.float32), None
    return average_pool(x, node.window), None


def _prepare_convolution(program: Program, node: Convolution, bfloat16: bool, narrow: bool) -> Step:
    source, x = program.nodes[node.x.number], node.x.number
    add = None if node.add is None else node.add.number
    options: dict[str, Any] = {
        'stride': node.stride,
        'pad': node.pad,
        'dilate': node.dilate,
        'relu': node.relu,
        'bfloat16': bfloat16,
    }
    W, bias = node.weights.fold()
    if absorbed(program, x) and isinstance(source, Join):
        return partial(_convolve_joined, prepare_joined(program, source, W, bias, **options), add)
    convolution = prepare_convolution(W, bias, pool=node.pool, **options)
    convolution = replace(convolution, as_bfloat16=narrow)
    if absorbed(program, x) and isinstance(source, Unpool):
        return partial(
            _convolve, convolution, source.x.number, source.pooled.number, add, node.pool
        )
    return partial(_convolve, convolution, x, None, add, node.pool)


def _convolve_joined(convolution: Any, add: int | None, maps: Maps) -> Result:
    return convolution(maps, None if add is None else maps[add]), None


def _convolve(
    convolution: Any, x: int, pooled: int | None, add: int | None, pool: bool, maps: Maps
) -> Result:
    """Convolve a map, of what is put back by the codes of ``pooled`` where there are any."""
    h, residual = maps[x], None if add is None else maps[add]
    if pooled is not None:
        h, codes = cropped(h, maps[codes_of(pooled)])
        if residual is None and not pool:
            return convolution.unpooled(h, codes), None
        h = unpool(h, codes)
    if pool and residual is None:
        return convolution.pooled(h)
    y = convolution(h, residual)
    return max_pool_with_codes(y) if pool else (y, None)


def _prepare_separable(node: Separable, bfloat16: bool, narrow: bool) -> Step:
    W, bias = node.weights.fold()
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
    pointwise = prepare_matmul(W.astype(np.float32), bfloat16=bfloat16)
    shift = bias.astype(np.float32)
    add = None if node.add is None else node.add.number
    options = {'bias': shift, 'relu': node.relu, 'as_bfloat16': narrow}
    return partial(_separable, depthwise, pointwise, options, node.x.number, add)


def _separable(
    depthwise: DepthwiseConvolution,
    pointwise: MatmulWeights,
    options: dict[str, Any],
    x: int,
    add: int | None,
    maps: Maps,
) -> Result:
    residual = None if add is None else maps[add]
    return separable_convolution(maps[x], depthwise, pointwise, residual=residual, **options), None


def absorbed(program: Program, number: int) -> bool:
    """Tell whether only convolutions read a map, and compute it in passing."""
    if isinstance(program.nodes[number], Unpool):
        return is_convolved(program, number)
    return is_join_with_means(program, number)


def inputs(program: Program, node: Node) -> list[int | str]:
    """Return what the step of an operation reads."""
    if isinstance(node, Unpool):
        return [node.x.number, codes_of(node.pooled.number)]
    found: list[int | str] = [] if node.reads else [INPUT]
    for number, _ in node.reads:
        found += inputs(program, program.nodes[number]) if absorbed(program, number) else [number]
    return found
