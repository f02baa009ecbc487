"""3x3 convolution by Winograd's F(4x4, 3x3): 36 multiplications for 16 results of 9 each.

Lavin and Gray 2016, "Fast Algorithms for Convolutional Neural Networks". A convolution dilated by
d is d * d undilated ones on interleaved grids, which only changes where a tile reads and writes.
Error: 2e-6 of the result's maximum (`winograd_tiles`).

Cost: 2.25 multiplications a position and pair of channels instead of 9, and the transport of the
transformed tiles. A NaN or infinity spreads over its tile.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chainercv_seg.engines.cpu.bfloat16 import Words, result_map
from chainercv_seg.engines.cpu.lanes import LANES, round_up
from chainercv_seg.engines.cpu.products.blas import product
from chainercv_seg.engines.cpu.products.panels import lay_out, panel_product
from chainercv_seg.engines.cpu.scratch import aligned, scratch
from chainercv_seg.engines.cpu.threads import cut, parallel
from chainercv_seg.engines.cpu.winograd.tiles import KERNEL_TRANSFORM, map_to_points, points_to_map

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class WinogradWeights:
    """A kernel transformed for `winograd_convolution`.

    Attributes:
        planes: What `lay_out` makes of ``(36, C, O)`` float32, C rounded up to a multiple of 16.
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
    kernels = np.zeros((9, round_up(C), O), np.float32)
    kernels[:, :C] = W.transpose(2, 3, 1, 0).reshape(9, C, O)
    panels = lay_out(kernels)
    planes = aligned((36, *panels.shape[1:]))
    product(KERNEL_TRANSFORM, panels.reshape(9, -1), planes.reshape(36, -1))
    return WinogradWeights(planes, (C, O))


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
    as_bfloat16: bool = False,
) -> Words:
    """Convolve a map with a 3x3 kernel, with stride 1.

    Args:
        x: ``(N, H, W, C)`` float32.
        weights: From `prepare_winograd`.
        bias: ``(O,)`` float32, added.
        pad: Rows and columns of zeros on each side.
        dilate: Distance between the kernel's taps.
        residual: Float32 of the result's shape, added.
        relu: Whether negative results become 0.
        as_bfloat16: Whether the result is rounded to it.

    Returns:
        ``(N, H + 2 (pad - dilate), W + 2 (pad - dilate), O)`` float32, or uint16 for the bits of bfloat16.

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
    c, o = (round_up(channels) for channels in weights.channels)
    rooms = min(count, tiles_at_a_time(c, o))
    y = result_map(shape, as_bfloat16)
    shift = np.zeros(o, np.float32)
    if bias is not None:
        shift[: shape[3]] = bias
    x = np.ascontiguousarray(x, np.float32)
    if residual is not None:
        residual = np.ascontiguousarray(residual, np.float32)

    def work(start: int, stop: int) -> None:
        with scratch((36 * LANES,), (36, rooms, c), (36, rooms, o)) as (z, V, P):
            for first, last in cut(start, stop, rooms):
                map_to_points(x, first, last, grid, pad, dilate, z, V)
                panel_product(V, weights.planes, P, rows=last - first)
                points_to_map(P, first, last, grid, dilate, shift, residual, relu, z, y)

    parallel(work, count)
    return y
