"""3x3 convolution by Winograd's F(4x4, 3x3): 36 multiplications for 16 results of 9 each.

Lavin and Gray 2016, "Fast Algorithms for Convolutional Neural Networks". The polynomials are
evaluated at 0, 3/4, -3/4, 3/2, -3/2 and infinity instead of 0, 1, -1, 2, -2: the error is 2e-6 of
the result's maximum instead of 8e-6, for the same arithmetic. A convolution dilated by d is d * d
undilated ones on interleaved grids, which only changes where a tile reads and writes.

Cost: 2.25 multiplications a position and pair of channels instead of 9, and the transport of the
transformed tiles. A NaN or infinity spreads over its tile.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chainercv_seg.functions.compiled import kernel, part
from chainercv_seg.functions.lanes import (
    LANES,
    load,
    load_some,
    maximum,
    splat,
    store,
    store_some,
)
from chainercv_seg.functions.scratch import aligned, scratch
from chainercv_seg.functions.threads import parallel

FloatArray = npt.NDArray[np.float32]

_A = 0.75
_B = 1.5
_A1, _A2, _A3 = (np.float32(_A**n) for n in (1, 2, 3))
_B1, _B2, _B3 = (np.float32(_B**n) for n in (1, 2, 3))
_SUM = np.float32(_A**2 + _B**2)
_PRODUCT = np.float32(_A**2 * _B**2)


@dataclass(frozen=True)
class WinogradWeights:
    """A kernel transformed for `winograd_convolution`.

    Attributes:
        planes: ``(36, C, O)`` float32, C and O rounded up to a multiple of 16.
        channels: In and out.
    """

    planes: FloatArray
    channels: tuple[int, int]


def prepare_winograd(W: FloatArray) -> WinogradWeights:
    """Transform a kernel once.

    Args:
        W: ``(O, C, 3, 3)`` float32.

    Returns:
        The transformed kernel, four times as large.

    Raises:
        ValueError: The kernel is not 3 by 3.
    """
    O, C, kh, kw = W.shape
    if (kh, kw) != (3, 3):
        raise ValueError(f'expected a 3 by 3 kernel, found {kh} by {kw}: use im2col or FFT')
    rows = [[1 / (_A * _B) ** 2, 0, 0]]
    for p, q in ((_A, _B), (-_A, _B), (_B, _A), (-_B, _A)):
        rows.append([x / (2 * p * p * (p * p - q * q)) for x in (1, p, p * p)])
    rows.append([0, 0, 1])
    transform = np.array(rows)
    planes = aligned((36, -(-C // LANES) * LANES, -(-O // LANES) * LANES))
    planes[...] = 0
    basis = np.kron(transform, transform).astype(np.float32)
    planes[:, :C, :O] = (basis @ W.transpose(2, 3, 1, 0).reshape(9, C * O)).reshape(36, C, O)
    return WinogradWeights(planes, (C, O))


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
def _tiles_out(x, start, stop, grid, pad, dilate, z, V):  # type: ignore[no-untyped-def]
    """Transform the tiles from ``start`` to ``stop`` of x into V ``(36, tiles, channels)``."""
    _, H, W, C = x.shape
    _, room, channels = V.shape
    for t in range(start, stop):
        n, y0, x0 = _corner(t, grid, dilate)
        for k in range(0, channels, 16):
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
                store(z, 96 * i, a)
                store(z, 96 * i + 16, b)
                store(z, 96 * i + 32, c)
                store(z, 96 * i + 48, d)
                store(z, 96 * i + 64, e)
                store(z, 96 * i + 80, f)
            for j in range(6):
                o = 16 * j
                a, b, c, d, e, f = _evaluate(
                    load(z, o),
                    load(z, o + 96),
                    load(z, o + 192),
                    load(z, o + 288),
                    load(z, o + 384),
                    load(z, o + 480),
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
def _tiles_back(P, start, stop, grid, dilate, bias, residual, relu, z, y):  # type: ignore[no-untyped-def]
    """Transform products ``(36, tiles, channels)`` back and write them into y."""
    _, H, W, O = y.shape
    _, room, channels = P.shape
    floor = splat(np.float32(0) if relu else np.float32(-np.inf))
    for t in range(start, stop):
        n, y0, x0 = _corner(t, grid, dilate)
        for k in range(0, channels, 16):
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
                o = 16 * j
                store(z, o, a)
                store(z, o + 96, b)
                store(z, o + 192, c)
                store(z, o + 288, d)
            shift = load(bias, k)
            for i in range(4):
                h = y0 + i * dilate
                if h >= H:
                    break
                o = 96 * i
                a, b, c, d = _interpolate(
                    load(z, o),
                    load(z, o + 16),
                    load(z, o + 32),
                    load(z, o + 48),
                    load(z, o + 64),
                    load(z, o + 80),
                )
                store(z, o, a)
                store(z, o + 16, b)
                store(z, o + 32, c)
                store(z, o + 48, d)
                for j in range(4):
                    w = x0 + j * dilate
                    at = ((n * H + h) * W + w) * O + k
                    some = O - k if w < W else 0
                    a = load(z, o + 16 * j) + shift
                    if residual is not None:
                        a = a + load_some(residual, at, some)
                    store_some(y, at, maximum(a, floor), some)


def tiles_at_a_time(C: int, O: int) -> int:
    """Return how many tiles to hold: their spectra take twice the memory of the weights."""
    return min(512, max(64, 2 * C * O // (C + O)))


def winograd_convolution(
    x: FloatArray,
    weights: WinogradWeights,
    *,
    bias: FloatArray | None = None,
    pad: int = 0,
    dilate: int = 1,
    residual: FloatArray | None = None,
    relu: bool = False,
) -> FloatArray:
    """Convolve a map with a 3x3 kernel, with stride 1.

    Args:
        x: ``(N, H, W, C)`` float32.
        weights: From `prepare_winograd`.
        bias: ``(O,)`` float32, added.
        pad: Rows and columns of zeros on each side.
        dilate: Distance between the kernel's taps.
        residual: Float32 of the result's shape, added.
        relu: Whether negative results become 0.

    Returns:
        ``(N, H + 2 (pad - dilate), W + 2 (pad - dilate), O)`` float32.

    Raises:
        ValueError: The channels or the residual do not fit, or the map is smaller than the kernel.
    """
    N, H, W, C = x.shape
    shape = (N, H + 2 * (pad - dilate), W + 2 * (pad - dilate), weights.channels[1])
    if weights.channels[0] != C:
        raise ValueError(f'expected {weights.channels[0]} channels, found {C}: {x.shape}')
    if min(shape[1:3]) < 1:
        raise ValueError(f'expected a map larger than {x.shape} for dilation {dilate}, pad {pad}')
    if residual is not None and residual.shape != shape:
        raise ValueError(f'expected a residual of shape {shape}, found {residual.shape}')
    grid = (-(-shape[1] // (4 * dilate)), -(-shape[2] // (4 * dilate)))
    count = N * dilate * dilate * grid[0] * grid[1]
    rooms = min(tiles_at_a_time(*weights.planes.shape[1:]), count)
    y = aligned(shape)
    shift = np.zeros(weights.planes.shape[2], np.float32)
    if bias is not None:
        shift[: shape[3]] = bias
    x = np.ascontiguousarray(x, np.float32)
    if residual is not None:
        residual = np.ascontiguousarray(residual, np.float32)

    def work(start: int, stop: int) -> None:
        z = scratch('tile', (36 * LANES,))
        V = scratch('spectrum', (36, rooms, weights.planes.shape[1]))
        P = scratch('products', (36, rooms, weights.planes.shape[2]))
        for first in range(start, stop, rooms):
            last = min(stop, first + rooms)
            _tiles_out(x, first, last, grid, pad, dilate, z, V)
            np.matmul(V[:, : last - first], weights.planes, out=P[:, : last - first])
            _tiles_back(P, first, last, grid, dilate, shift, residual, relu, z, y)

    parallel(work, count)
    return y
