"""Convolution with a large kernel by tiled FFT.

The map is cut into tiles of 32 by 32 that overlap by the kernel's size less one; in each tile's
spectrum a convolution is one matrix product of channels a frequency, complex, by Gauss with three
real products. For a 7x7 kernel that is 2.3 multiplications a position and pair of channels instead
of 49. Zlateski et al. 2018, "FFT Convolutions are Faster than Winograd on Modern CPUs".
Error: 5e-7 of the result's maximum. A NaN or infinity spreads over its tile.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chainercv_seg.engines.cpu.bfloat16 import Words, in_pairs, multiplied, words, written
from chainercv_seg.engines.cpu.fft.tiles import (
    FREQUENCIES,
    GROUP,
    SIZE,
    TILE,
    F,
    spectrum_to_tiles,
    tiles_to_spectrum,
)
from chainercv_seg.engines.cpu.lanes import round_up
from chainercv_seg.engines.cpu.products.blas import product
from chainercv_seg.engines.cpu.products.panels import lay_out, panel_product
from chainercv_seg.engines.cpu.scratch import aligned, scratch
from chainercv_seg.engines.cpu.threads import cut, parallel

FloatArray = npt.NDArray[np.float32]

#: Tiles whose spectra are held at a time: enough that a product's weights are read for many rows,
#: few enough that the spectra stay in the last-level cache.
TILES_AT_A_TIME = 48


@dataclass(frozen=True)
class FFTWeights:
    """A kernel transformed for `fft_convolution`.

    Attributes:
        planes: What `lay_out`, and perhaps `in_pairs`, makes of ``(3 F, channels in, channels out)``
            float32, both rounded up to a multiple of 32.
        kernel: Its height and width.
        channels: In and out.
    """

    planes: Words
    kernel: tuple[int, int]
    channels: tuple[int, int]


def phases(kernel: tuple[int, int]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return cosine and sine ``(F, kh * kw)`` of each frequency at each place of a kernel."""
    u, v = np.indices(kernel).reshape(2, -1)
    turns = (np.outer(FREQUENCIES[:, 0], u) + np.outer(FREQUENCIES[:, 1], v)) % SIZE
    angle = turns * (2 * np.pi / SIZE)
    return np.cos(angle), np.sin(angle)


def prepare_fft(W: FloatArray, *, bfloat16: bool = False) -> FFTWeights:
    """Transform a kernel once.

    Args:
        W: ``(O, C, kh, kw)`` float32, kh and kw at most 31.
        bfloat16: Whether spectra are multiplied in bfloat16.

    Returns:
        The transformed kernel, ``6168 * C * O`` bytes (C and O rounded up to 32).

    Raises:
        ValueError: The kernel is too large for a tile.
    """
    O, C, kh, kw = W.shape
    if max(kh, kw) >= SIZE:
        raise ValueError(f'expected a kernel below {SIZE} a side, found {kh} by {kw}: use im2col')
    padded = np.zeros((kh * kw, round_up(C, GROUP), round_up(O, GROUP)), np.float32)
    padded[:, :C, :O] = W.transpose(2, 3, 1, 0).reshape(kh * kw, C, O)
    cosine, sine = phases((kh, kw))
    # The sum over the tile's points, and the spectrum, which is doubled.
    basis = np.concatenate((cosine, sine - cosine, cosine + sine)) / (2 * SIZE * SIZE)
    panels = lay_out(padded)
    planes = aligned((3 * F, *panels.shape[1:]))
    product(basis.astype(np.float32), panels.reshape(kh * kw, -1), planes.reshape(3 * F, -1))
    return FFTWeights(in_pairs(planes) if bfloat16 else planes, (kh, kw), (C, O))


def fft_convolution(
    x: FloatArray,
    weights: FFTWeights,
    *,
    bias: FloatArray | None = None,
    pad: tuple[int, int] = (0, 0),
    relu: bool = False,
    pool: bool = False,
    unpool: tuple[npt.NDArray[np.int8], tuple[int, int]] | None = None,
) -> tuple[FloatArray, npt.NDArray[np.int8] | None]:
    """Convolve a map, with stride 1.

    Args:
        x: ``(N, H, W, C)`` float32.
        weights: From `prepare_fft`.
        bias: ``(O,)`` float32, added.
        pad: Rows and columns of zeros on each side.
        relu: Whether negative results become 0.
        pool: Whether to keep only the largest of each window of 2 by 2, those at the lower and
            right border cut off by it.
        unpool: Codes and size (H, W) of the map, when x is a pooled one.

    Returns:
        ``(N, H + 2 ph - kh + 1, W + 2 pw - kw + 1, O)`` float32 (half of it, rounded up, when
        pooled), and the codes, int8 of that shape, when pooled.

    Raises:
        ValueError: The channels do not fit, or the map is smaller than the kernel.
    """
    N, H, W, C = x.shape
    if unpool is not None:
        H, W = unpool[1]
    kh, kw = weights.kernel
    height, width = H + 2 * pad[0] - kh + 1, W + 2 * pad[1] - kw + 1
    if weights.channels[0] != C:
        raise ValueError(f'expected {weights.channels[0]} channels, found {C}: {x.shape}')
    if min(height, width) < 1:
        raise ValueError(
            f'expected a map of at least {kh} by {kw} with its padding, found {x.shape}'
        )
    O = weights.channels[1]
    step = SIZE - max(kh, kw) + 1
    if pool:
        step -= step % 2
    grid = (-(-height // step), -(-width // step))
    y_size = ((height + 1) // 2, (width + 1) // 2) if pool else (height, width)
    y = aligned((N, *y_size, O))
    codes = np.empty(y.shape, np.int8) if pool else None
    c, o = words(round_up(C, GROUP), weights.planes), round_up(O, GROUP)
    shift = np.zeros(o, np.float32)
    if bias is not None:
        shift[:O] = bias
    x = np.ascontiguousarray(x, np.float32)
    count = N * grid[0] * grid[1]
    rooms = min(count, TILES_AT_A_TIME)

    def work(start: int, stop: int) -> None:
        tile = (max(round_up(C, GROUP), o) // GROUP * TILE,)
        with scratch(tile, (3, F, rooms, c), (3, F, rooms, o)) as (z, V, P):
            for first, last in cut(start, stop, rooms):
                tiles_to_spectrum(
                    x, None if unpool is None else unpool[0], (H, W), first, last, grid, step, pad, SIZE,
                    1, z, written(V, weights.planes),
                )  # fmt: skip
                panel_product(
                    multiplied(V, weights.planes).reshape(3 * F, rooms, c),
                    weights.planes,
                    P.reshape(3 * F, rooms, o),
                    rows=last - first,
                )
                spectrum_to_tiles(
                    P, first, last, grid, step, (height, width), shift, relu, z, y, codes
                )

    parallel(work, count)
    return y, codes
