"""Batch normalization of channels-last maps in training, with the ReLU and the pooling after it.

Each direction reads its maps twice and writes one: a pass for the sums of each channel, a pass for
the result. With pooling 2 by 2, what is normalized is never written at its full size, and only the
positions that pooling took have a gradient. Memory traffic is all of the cost. Sums are taken of
blocks in float32 and of their totals in float64. Compiled kernels only.

Ioffe and Szegedy 2015, "Batch Normalization: Accelerating Deep Network Training by Reducing
Internal Covariate Shift".
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chainercv_seg.engines.cpu.compiled import kernel
from chainercv_seg.engines.cpu.lanes import (
    LANES,
    load_some,
    load_where,
    maximum,
    splat,
    store_largest,
    store_some,
    where_positive,
)
from chainercv_seg.engines.cpu.scratch import aligned
from chainercv_seg.engines.cpu.threads import parallel

FloatArray = npt.NDArray[np.float32]
CodeArray = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Normalized:
    """What `normalize` made of a map, and what its gradient needs.

    Attributes:
        y: The result, ``(N, H, W, C)`` float32, or pooled.
        codes: int8 of y's shape: where in its window each pooled number was; None without pooling.
        mean: ``(C,)`` float32, of the batch.
        var: ``(C,)`` float32, of the batch, biased.
    """

    y: FloatArray
    codes: CodeArray | None
    mean: FloatArray
    var: FloatArray


@kernel
def _moments(x, start, stop, center, block, total):  # type: ignore[no-untyped-def]
    """Add the sums of ``x - center`` and of its square, x ``(rows, C)``, to ``total`` (2, C)."""
    C = x.shape[1]
    for k in range(0, C, LANES):
        middle = load_some(center, k, C - k)
        for first in range(start, stop, 64):
            a = splat(np.float32(0))
            b = splat(np.float32(0))
            for row in range(first, min(stop, first + 64)):
                d = load_some(x, row * C + k, C - k) - middle
                a = a + d
                b = b + d * d
            store_some(block, 0, a, LANES)
            store_some(block, LANES, b, LANES)
            for c in range(k, min(C, k + LANES)):
                total[0, c] += block[c - k]
                total[1, c] += block[LANES + c - k]


@kernel
def _scale(x, start, stop, scale, shift, relu, y):  # type: ignore[no-untyped-def]
    """Write ``scale * x + shift``, positive with relu, for rows of ``(rows, C)``."""
    C = x.shape[1]
    floor = splat(np.float32(0) if relu else np.float32(-np.inf))
    for row in range(start, stop):
        for k in range(0, C, LANES):
            at, some = row * C + k, C - k
            a = load_some(scale, k, some) * load_some(x, at, some) + load_some(shift, k, some)
            store_some(y, at, maximum(a, floor), some)


@kernel
def _scale_and_pool(x, start, stop, scale, shift, relu, y, codes):  # type: ignore[no-untyped-def]
    """Do what `_scale` does and keep the largest of each window of 2 by 2.

    Rows are those of y, counted over images.
    """
    _, H, W, C = x.shape
    _, height, width, _ = y.shape
    lowest = splat(np.float32(-np.inf))
    floor = splat(np.float32(0) if relu else np.float32(-np.inf))
    none = splat(np.float32(0))
    for row in range(start, stop):
        n, i = divmod(row, height)
        below = 2 * i + 1 < H
        for j in range(width):
            right = 2 * j + 1 < W
            at = ((n * H + 2 * i) * W + 2 * j) * C
            place = (row * width + j) * C
            for k in range(0, C, LANES):
                some = C - k
                m = load_some(scale, k, some)
                o = load_some(shift, k, some)
                a = maximum(m * load_some(x, at + k, some) + o, floor)
                b = c = d = lowest
                if right:
                    b = maximum(m * load_some(x, at + C + k, some) + o, floor)
                if below:
                    c = maximum(m * load_some(x, at + W * C + k, some) + o, floor)
                    if right:
                        d = maximum(m * load_some(x, at + W * C + C + k, some) + o, floor)
                store_largest(codes, place + k, a, b, c, d, none, some)
                store_some(y, place + k, maximum(maximum(a, b), maximum(c, d)), some)


@kernel
def _gradient_sums(x, y, codes, gy, start, stop, center, relu, block, total):  # type: ignore[no-untyped-def]
    """Add the sums of g and of ``g * (x - center)``, g the gradient before ReLU and pooling.

    Rows are those of y, counted over images.
    """
    _, H, W, C = x.shape
    _, height, width, _ = y.shape
    for row in range(start, stop):
        n, i = divmod(row, height)
        for k in range(0, C, LANES):
            middle = load_some(center, k, C - k)
            a = splat(np.float32(0))
            b = splat(np.float32(0))
            for j in range(width):
                place = (row * width + j) * C + k
                g = load_some(gy, place, C - k)
                if relu:
                    g = where_positive(load_some(y, place, C - k), g)
                if codes is None:
                    taken = load_some(x, place, C - k)
                else:
                    at = ((n * H + 2 * i) * W + 2 * j) * C + k
                    taken = load_where(x, at, codes, place, 0, C - k)
                    taken = taken + load_where(x, at + C, codes, place, 1, C - k)
                    taken = taken + load_where(x, at + W * C, codes, place, 2, C - k)
                    taken = taken + load_where(x, at + W * C + C, codes, place, 3, C - k)
                a = a + g
                b = b + g * (taken - middle)
            store_some(block, 0, a, LANES)
            store_some(block, LANES, b, LANES)
            for c in range(k, min(C, k + LANES)):
                total[0, c] += block[c - k]
                total[1, c] += block[LANES + c - k]


@kernel
def _gradient(x, y, codes, gy, start, stop, scale, slope, shift, relu, gx):  # type: ignore[no-untyped-def]
    """Write ``scale * g + slope * x + shift``, with g as in `_gradient_sums`."""
    _, H, W, C = x.shape
    _, height, width, _ = y.shape
    for row in range(start, stop):
        n, i = divmod(row, height)
        for j in range(width):
            for k in range(0, C, LANES):
                some = C - k
                a = load_some(scale, k, some)
                b = load_some(slope, k, some)
                c = load_some(shift, k, some)
                place = (row * width + j) * C + k
                if codes is None:
                    g = load_some(gy, place, some)
                    if relu:
                        g = where_positive(load_some(y, place, some), g)
                    store_some(gx, place, a * g + b * load_some(x, place, some) + c, some)
                else:
                    for code in range(4):
                        h, w = 2 * i + code // 2, 2 * j + code % 2
                        if h < H and w < W:
                            at = ((n * H + h) * W + w) * C + k
                            g = load_where(gy, place, codes, place, code, some)
                            if relu:
                                g = where_positive(load_some(y, place, some), g)
                            store_some(gx, at, a * g + b * load_some(x, at, some) + c, some)


def _mean_and_var(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and biased variance of each channel of ``(rows, C)``."""
    center = x[: 1 << 8].mean(axis=0)  # near the mean, so that squares do not cancel

    def work(start: int, stop: int) -> npt.NDArray[np.float64]:
        total = np.zeros((2, x.shape[1]))
        _moments(x, start, stop, center, np.empty(2 * LANES, np.float32), total)
        return total

    offset, square = np.sum(parallel(work, len(x)), axis=0) / len(x)
    mean, var = center + offset, np.maximum(square - offset * offset, 0)
    return mean.astype(np.float32), var.astype(np.float32)


def normalize(
    x: FloatArray,
    gamma: FloatArray,
    beta: FloatArray,
    *,
    eps: float,
    relu: bool = False,
    pool: bool = False,
) -> Normalized:
    """Normalize a map by the mean and the variance of each channel.

    Args:
        x: ``(N, H, W, C)`` float32, C-contiguous.
        gamma: ``(C,)`` float32, factor.
        beta: ``(C,)`` float32, added.
        eps: Added to the variance.
        relu: Whether negative results become 0.
        pool: Whether to keep the largest of each window of 2 by 2, as `max_pool_with_codes`.

    Returns:
        The result, and what `normalize_gradient` needs.
    """
    N, H, W, C = x.shape
    mean, var = _mean_and_var(x.reshape(-1, C))
    scale = gamma / np.sqrt(var + np.float32(eps))
    shift = beta - mean * scale
    if not pool:
        y = aligned(x.shape)
        rows, result = x.reshape(-1, C), y.reshape(-1, C)
        parallel(lambda a, b: _scale(rows, a, b, scale, shift, relu, result), len(rows))
        return Normalized(y, None, mean, var)
    y = aligned((N, (H + 1) // 2, (W + 1) // 2, C))
    codes = np.empty(y.shape, np.int8)
    parallel(lambda a, b: _scale_and_pool(x, a, b, scale, shift, relu, y, codes), N * y.shape[1])
    return Normalized(y, codes, mean, var)


def normalize_gradient(
    x: FloatArray,
    done: Normalized,
    gamma: FloatArray,
    gy: FloatArray,
    *,
    eps: float,
    relu: bool = False,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Differentiate `normalize`.

    Args:
        x: What was normalized.
        done: What came out.
        gamma: As there.
        gy: Float32 of the shape of ``done.y``, the gradient of it. C-contiguous.
        eps: As there.
        relu: As there.

    Returns:
        The gradients of x, gamma and beta.
    """
    y, codes = done.y, done.codes
    inverse = 1 / np.sqrt(done.var.astype(np.float64) + eps)

    def work(start: int, stop: int) -> npt.NDArray[np.float64]:
        total = np.zeros((2, x.shape[3]))
        block = np.empty(2 * LANES, np.float32)
        _gradient_sums(x, y, codes, gy, start, stop, done.mean, relu, block, total)
        return total

    rows = y.shape[0] * y.shape[1]
    gbeta, ggamma = np.sum(parallel(work, rows), axis=0)
    ggamma *= inverse
    count = x.size // x.shape[3]
    scale = gamma * inverse
    slope = -scale * inverse * ggamma / count
    shift = -scale * gbeta / count - slope * done.mean
    gx = aligned(x.shape)
    factors = [array.astype(np.float32) for array in (scale, slope, shift)]
    parallel(lambda a, b: _gradient(x, y, codes, gy, a, b, *factors, relu, gx), rows)
    return gx, ggamma.astype(np.float32), gbeta.astype(np.float32)
