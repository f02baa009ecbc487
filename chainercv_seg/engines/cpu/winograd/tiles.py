"""The transforms of Winograd's F(4x4, 3x3), on tiles of a channels-last map.

Six points a side make four results of three taps. The polynomials are evaluated at 0, 3/4, -3/4,
3/2, -3/2 and infinity instead of 0, 1, -1, 2, -2: the error is 2e-6 of the result's maximum instead
of 8e-6, for the same arithmetic. A tile of a convolution dilated by d reads and writes every d-th
position.
"""

import numpy as np
import numpy.typing as npt

from chainercv_seg.engines.cpu.compiled import kernel, part
from chainercv_seg.engines.cpu.lanes import (
    LANES,
    load,
    load_some,
    maximum,
    splat,
    store,
    store_some,
)

FloatArray = npt.NDArray[np.float32]

_A = 0.75
_B = 1.5
_A1, _A2, _A3 = (np.float32(_A**n) for n in (1, 2, 3))
_B1, _B2, _B3 = (np.float32(_B**n) for n in (1, 2, 3))
_SUM = np.float32(_A**2 + _B**2)
_PRODUCT = np.float32(_A**2 * _B**2)


def _kernel_transform() -> FloatArray:
    rows = [[1 / (_A * _B) ** 2, 0, 0]]
    for p, q in ((_A, _B), (-_A, _B), (_B, _A), (-_B, _A)):
        rows.append([x / (2 * p * p * (p * p - q * q)) for x in (1, p, p * p)])
    rows.append([0, 0, 1])
    transform = np.array(rows)
    return np.kron(transform, transform).astype(np.float32)


#: ``(36, 9)`` float32: from the taps of a kernel to its points.
KERNEL_TRANSFORM = _kernel_transform()


@part
def _evaluate(a, b, c, d, e, f):  # type: ignore[no-untyped-def]
    """Six neighbours to six points."""
    p = e - splat(_B2) * c
    q = splat(_A1) * (d - splat(_B2) * b)
    r = e - splat(_A2) * c
    s = splat(_B1) * (d - splat(_A2) * b)
    first = splat(_PRODUCT) * a - splat(_SUM) * c + e
    last = splat(_PRODUCT) * b - splat(_SUM) * d + f
    return first, p + q, p - q, r + s, r - s, last


@part
def _interpolate(a, b, c, d, e, f):  # type: ignore[no-untyped-def]
    """Six points to four neighbours."""
    p = b + c
    q = b - c
    r = d + e
    s = d - e
    return (
        a + p + r,
        splat(_A1) * q + splat(_B1) * s,
        splat(_A2) * p + splat(_B2) * r,
        splat(_A3) * q + splat(_B3) * s + f,
    )


@part
def _corner(t, grid, dilate):  # type: ignore[no-untyped-def]
    """Image, row and column of a tile's first result."""
    t, j = divmod(t, grid[1])
    t, i = divmod(t, grid[0])
    t, b = divmod(t, dilate)
    n, a = divmod(t, dilate)
    return n, a + 4 * dilate * i, b + 4 * dilate * j


@kernel
def map_to_points(
    x: FloatArray,
    start: int,
    stop: int,
    grid: tuple[int, int],
    pad: int,
    dilate: int,
    z: FloatArray,
    V: FloatArray,
) -> None:
    """Transform the tiles from ``start`` to ``stop`` of x into V ``(36, tiles, channels)``."""
    _, H, W, C = x.shape
    _, room, channels = V.shape
    for t in range(start, stop):
        n, y0, x0 = _corner(t, grid, dilate)
        for k in range(0, channels, LANES):
            for i in range(6):
                h = y0 - pad + i * dilate
                w = x0 - pad
                some = C - k if 0 <= h < H else 0
                at = ((n * H + h) * W + w) * C + k
                step = dilate * C
                a, b, c, d, e, f = _evaluate(
                    load_some(x, at, some if 0 <= w < W else 0),
                    load_some(x, at + step, some if 0 <= w + dilate < W else 0),
                    load_some(x, at + 2 * step, some if 0 <= w + 2 * dilate < W else 0),
                    load_some(x, at + 3 * step, some if 0 <= w + 3 * dilate < W else 0),
                    load_some(x, at + 4 * step, some if 0 <= w + 4 * dilate < W else 0),
                    load_some(x, at + 5 * step, some if 0 <= w + 5 * dilate < W else 0),
                )
                store(z, 6 * LANES * i, a)
                store(z, 6 * LANES * i + LANES, b)
                store(z, 6 * LANES * i + 2 * LANES, c)
                store(z, 6 * LANES * i + 3 * LANES, d)
                store(z, 6 * LANES * i + 4 * LANES, e)
                store(z, 6 * LANES * i + 5 * LANES, f)
            for j in range(6):
                o = LANES * j
                a, b, c, d, e, f = _evaluate(
                    load(z, o),
                    load(z, o + 6 * LANES),
                    load(z, o + 12 * LANES),
                    load(z, o + 18 * LANES),
                    load(z, o + 24 * LANES),
                    load(z, o + 30 * LANES),
                )
                step = 6 * room * channels
                v = (j * room + t - start) * channels + k
                store(V, v, a)
                store(V, v + step, b)
                store(V, v + 2 * step, c)
                store(V, v + 3 * step, d)
                store(V, v + 4 * step, e)
                store(V, v + 5 * step, f)


@kernel
def points_to_map(
    P: FloatArray,
    start: int,
    stop: int,
    grid: tuple[int, int],
    dilate: int,
    bias: FloatArray,
    residual: FloatArray | None,
    relu: bool,
    z: FloatArray,
    y: npt.NDArray[np.float32 | np.uint16],
) -> None:
    """Transform products ``(36, tiles, channels)`` back and write them into y."""
    _, H, W, O = y.shape
    _, room, channels = P.shape
    floor = splat(np.float32(0) if relu else np.float32(-np.inf))
    for t in range(start, stop):
        n, y0, x0 = _corner(t, grid, dilate)
        for k in range(0, channels, LANES):
            step = 6 * room * channels
            for j in range(6):
                v = (j * room + t - start) * channels + k
                a, b, c, d = _interpolate(
                    load(P, v),
                    load(P, v + step),
                    load(P, v + 2 * step),
                    load(P, v + 3 * step),
                    load(P, v + 4 * step),
                    load(P, v + 5 * step),
                )
                o = LANES * j
                store(z, o, a)
                store(z, o + 6 * LANES, b)
                store(z, o + 12 * LANES, c)
                store(z, o + 18 * LANES, d)
            shift = load(bias, k)
            for i in range(4):
                h = y0 + i * dilate
                if h >= H:
                    break
                o = 6 * LANES * i
                a, b, c, d = _interpolate(
                    load(z, o),
                    load(z, o + LANES),
                    load(z, o + 2 * LANES),
                    load(z, o + 3 * LANES),
                    load(z, o + 4 * LANES),
                    load(z, o + 5 * LANES),
                )
                store(z, o, a)
                store(z, o + LANES, b)
                store(z, o + 2 * LANES, c)
                store(z, o + 3 * LANES, d)
                for j in range(4):
                    w = x0 + j * dilate
                    at = ((n * H + h) * W + w) * O + k
                    some = O - k if w < W else 0
                    a = load(z, o + LANES * j) + shift
                    if residual is not None:
                        a = a + load_some(residual, at, some)
                    store_some(y, at, maximum(a, floor), some)


@part
def _spread(a, b, c, d):  # type: ignore[no-untyped-def]
    """Four neighbours to six points: the gradient of `_interpolate`."""
    p = a + splat(_A2) * c
    q = splat(_A1) * b + splat(_A3) * d
    r = a + splat(_B2) * c
    s = splat(_B1) * b + splat(_B3) * d
    return a, p + q, p - q, r + s, r - s, d


@kernel
def gradient_to_points(
    gy: FloatArray,
    start: int,
    stop: int,
    grid: tuple[int, int],
    dilate: int,
    z: FloatArray,
    G: FloatArray,
) -> None:
    """Transform tiles of a result's gradient into G ``(36, tiles, channels)``."""
    _, H, W, O = gy.shape
    _, room, channels = G.shape
    for t in range(start, stop):
        n, y0, x0 = _corner(t, grid, dilate)
        for k in range(0, channels, LANES):
            for i in range(4):
                h = y0 + i * dilate
                some = O - k if h < H else 0
                at = ((n * H + h) * W + x0) * O + k
                step = dilate * O
                a, b, c, d, e, f = _spread(
                    load_some(gy, at, some if x0 < W else 0),
                    load_some(gy, at + step, some if x0 + dilate < W else 0),
                    load_some(gy, at + 2 * step, some if x0 + 2 * dilate < W else 0),
                    load_some(gy, at + 3 * step, some if x0 + 3 * dilate < W else 0),
                )
                store(z, 6 * LANES * i, a)
                store(z, 6 * LANES * i + LANES, b)
                store(z, 6 * LANES * i + 2 * LANES, c)
                store(z, 6 * LANES * i + 3 * LANES, d)
                store(z, 6 * LANES * i + 4 * LANES, e)
                store(z, 6 * LANES * i + 5 * LANES, f)
            for j in range(6):
                o = LANES * j
                a, b, c, d, e, f = _spread(
                    load(z, o),
                    load(z, o + 6 * LANES),
                    load(z, o + 12 * LANES),
                    load(z, o + 18 * LANES),
                )
                step = 6 * room * channels
                v = (j * room + t - start) * channels + k
                store(G, v, a)
                store(G, v + step, b)
                store(G, v + 2 * step, c)
                store(G, v + 3 * step, d)
                store(G, v + 4 * step, e)
                store(G, v + 5 * step, f)
