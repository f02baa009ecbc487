"""The gradient of a convolution with respect to its kernel, by tiled FFT.

The kernel's gradient is the correlation of the input with the output's gradient. In a tile's
spectrum that is one matrix product a frequency over all tiles; the few places of a kernel are then
one more product with the inverse transform. Cost: that of `fft_convolution`, and a second
transform. Error: 1e-6 of the maximum.
"""

import numpy as np
import numpy.typing as npt

from chainercv_seg.engines.cpu.fft.convolution import phases
from chainercv_seg.engines.cpu.fft.tiles import (
    FREQUENCIES,
    GROUP,
    SIZE,
    TILE,
    F,
    tiles_to_spectrum,
)
from chainercv_seg.engines.cpu.lanes import round_up
from chainercv_seg.engines.cpu.products.blas import product
from chainercv_seg.engines.cpu.scratch import aligned, scratch
from chainercv_seg.engines.cpu.threads import parallel

FloatArray = npt.NDArray[np.float32]

#: Tiles whose spectra are held at a time. More than going forward: the sum over a chunk's tiles is
#: as large as the transformed kernel, and written once a chunk.
TILES_AT_A_TIME = 160


def fft_kernel_gradient(
    x: FloatArray,
    gy: FloatArray,
    *,
    kernel: tuple[int, int],
    pad: tuple[int, int] = (0, 0),
    codes: npt.NDArray[np.int8] | None = None,
) -> FloatArray:
    """Differentiate a convolution with stride 1 with respect to its kernel.

    Args:
        x: ``(N, H, W, C)`` float32, its input.
        gy: ``(N, H + 2 ph - kh + 1, W + 2 pw - kw + 1, O)`` float32, the gradient of its result.
        kernel: Height and width of the kernel, 31 at most.
        pad: Rows and columns of zeros on each side of x.
        codes: int8 of x's shape, where x is a map of 2 H by 2 W that was pooled 2 by 2
            (`max_pool_with_codes`) and is to be put back before; then H and W above are its.

    Returns:
        ``(O, C, kh, kw)`` float32.

    Raises:
        ValueError: The shapes do not fit each other.
    """
    N, H, W, C = x.shape
    if codes is not None:
        H, W = 2 * H, 2 * W
    kh, kw = kernel
    height, width, O = gy.shape[1:]
    expected = (N, H + 2 * pad[0] - kh + 1, W + 2 * pad[1] - kw + 1)
    if gy.shape[:3] != expected or max(kernel) >= SIZE:
        raise ValueError(
            f'expected a kernel below {SIZE} a side and a gradient of shape {(*expected, "O")} for '
            f'an input of {(N, H, W, C)}, found {kernel} and {gy.shape}'
        )
    step = SIZE - max(kernel) + 1
    grid = (-(-height // step), -(-width // step))
    rooms = min(TILES_AT_A_TIME, N * grid[0] * grid[1])
    x, gy = np.ascontiguousarray(x, np.float32), np.ascontiguousarray(gy, np.float32)
    c, o = round_up(C, GROUP), round_up(O, GROUP)

    def work(start: int, stop: int) -> FloatArray:
        total = aligned((3 * F, c, o))
        tile, products = (max(c, o) // GROUP * TILE,), (3 * F, c, o)
        with scratch(tile, (3, F, rooms, c), (3, F, rooms, o), products) as (z, V, G, P):
            for first in range(start, stop, rooms):
                last = min(stop, first + rooms)
                part = slice(last - first)
                tiles_to_spectrum(x, codes, (H, W), first, last, grid, step, pad, SIZE, 1, z, V)
                tiles_to_spectrum(
                    gy, None, (height, width), first, last, grid, step, (0, 0), step, -1, z, G
                )
                left = V.reshape(3 * F, rooms, c)[:, part].transpose(0, 2, 1)
                right = G.reshape(3 * F, rooms, o)[:, part]
                if first == start:
                    np.matmul(left, right, out=total)
                else:
                    np.add(total, np.matmul(left, right, out=P), out=total)
        return total

    total, *others = parallel(work, N * grid[0] * grid[1])
    for other in others:
        total += other
    # With x's spectrum a + ib and the gradient's c + id the planes hold (a + b)(c - d), ac and bd:
    # the correlation's real part is ac + bd, its imaginary part (a + b)(c - d) - ac + bd.
    cosine, sine = phases(kernel)
    mirrored = (FREQUENCIES != -FREQUENCIES % SIZE).any(axis=1)[:, None]
    share = (1 + mirrored) / (4 * SIZE * SIZE)  # both spectra are doubled
    basis = np.concatenate((-sine * share, (cosine + sine) * share, (cosine - sine) * share))
    gW = product(basis.T.astype(np.float32), total.reshape(3 * F, c * o))
    return np.ascontiguousarray(gW.reshape(kh, kw, c, o)[:, :, :C, :O].transpose(3, 2, 0, 1))
