"""Spectra of 32 by 32 tiles of a map, channels last, and the way back.

The real channels c and c + 16 (of AVX-512) of a map are packed as one complex lane of the tile's FFT
(`fft_lines`) and separated afterwards, since their spectra are its two Hermitian parts.

A spectrum ``(3, F, tiles, channels)`` holds the real plus (or minus) the imaginary part, the real
and the imaginary part of F = 514 frequencies; the others are their conjugates. The three planes
are the operands of Gauss's complex product of three real ones. It is twice the spectrum.

Cost: 64 line transforms a tile and 32 channels, 0.1 us each on a core with AVX-512 (70 GFLOP/s), and the
transport of the spectrum, 0.2 MB, which takes twice as long. Error: 3e-7 of the maximum.
"""

import numpy as np
import numpy.typing as npt

from chainercv_seg.engines.cpu.compiled import kernel
from chainercv_seg.engines.cpu.fft.lines import ORDER, SIZE, line_back, line_out
from chainercv_seg.engines.cpu.lanes import (
    LANES,
    load,
    load_some,
    load_where,
    maximum,
    splat,
    store,
    store_largest,
    store_some,
)

FloatArray = npt.NDArray[np.float32]
Pair = tuple[int, int]

#: Channels are processed in groups of this many.
GROUP = 2 * LANES
# Floats from one row of a tile to the next: one position more than it needs, since columns 4096
# bytes apart would share a set of the first-level cache.
_PITCH = GROUP * (SIZE + 1)
# Results of a tile that differ by less than this share of the largest are taken for equal when
# they are pooled: where an image is flat, rounding must not decide which is the first.
_SLACK = np.float32(3e-7)
#: Floats of the buffer that holds a group of a tile.
TILE = SIZE * _PITCH


def _conjugate_pairs() -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return where each frequency and its conjugate lie in a tile, and which it is.

    Returns:
        ``(F, 2)`` places in floats, and ``(F, 2)`` row and column frequencies.
    """
    slot = [ORDER.index(f) for f in range(SIZE)]
    pairs = []
    for u in range(SIZE):
        for v in range(SIZE):
            conjugate = (-u % SIZE, -v % SIZE)
            if (u, v) <= conjugate:
                here, there = (slot[i] * _PITCH + slot[j] * GROUP for i, j in ((u, v), conjugate))
                pairs.append((here, there, u, v))
    table = np.array(sorted(pairs), dtype=np.intp)
    return np.ascontiguousarray(table[:, :2]), table[:, 2:]


_PAIRS, FREQUENCIES = _conjugate_pairs()
#: Frequencies of a spectrum.
F = len(_PAIRS)


@kernel
def tiles_to_spectrum(
    x: FloatArray,
    codes: npt.NDArray[np.int8] | None,
    size: Pair,
    start: int,
    stop: int,
    grid: Pair,
    step: int,
    pad: Pair,
    extent: int,
    sign: int,
    z: FloatArray,
    V: FloatArray,
) -> None:
    """Transform the tiles from ``start`` to ``stop``.

    Args:
        x: ``(N, H, W, C)`` float32, or a map that was pooled 2 by 2.
        codes: None, or int8 of x's shape: where in its window, 0 to 3, each of x's numbers goes;
            the rest of the map is 0.
        size: (H, W) of the map.
        start: First tile; tiles are numbered by image, row, column.
        stop: One past the last tile.
        grid: Tiles a column and a row of an image.
        step: Distance between tiles.
        pad: Rows above and columns left of the map where the first tile begins.
        extent: Positions a side that are read, SIZE at most; the rest is 0.
        sign: 1 or -1: the spectrum's first plane is the real part plus or minus the imaginary.
        z: Buffer of TILE * channels / GROUP floats.
        V: Spectrum ``(3, F, tiles, channels)``, written from its first tile on; channels are C,
            rounded up to a multiple of GROUP.
    """
    C = x.shape[3]
    room = V.shape[2]
    channels = V.shape[3]
    groups = channels // GROUP
    plane = F * room * channels
    turned = splat(np.float32(sign))
    for t in range(start, stop):
        n, rest = divmod(t, grid[0] * grid[1])
        i, j = divmod(rest, grid[1])
        for g in range(groups):
            o = g * TILE
            for r in range(SIZE):
                h = i * step - pad[0] + r
                inside = r < extent and 0 <= h < size[0]
                for c in range(SIZE):
                    w = j * step - pad[1] + c
                    some = C - GROUP * g if inside and c < extent and 0 <= w < size[1] else 0
                    if codes is None:
                        place = ((n * size[0] + h) * size[1] + w) * C + GROUP * g
                        a = load_some(x, place, some)
                        b = load_some(x, place + LANES, some - LANES)
                    else:
                        place = ((n * x.shape[1] + h // 2) * x.shape[2] + w // 2) * C + GROUP * g
                        code = h % 2 * 2 + w % 2
                        a = load_where(x, place, codes, place, code, some)
                        b = load_where(x, place + LANES, codes, place + LANES, code, some - LANES)
                    store(z, o + r * _PITCH + c * GROUP, a)
                    store(z, o + r * _PITCH + c * GROUP + LANES, b)
                line_out(z, o + r * _PITCH, GROUP)
            for c in range(SIZE):
                line_out(z, o + c * GROUP, _PITCH)
        for f in range(F):
            v = (f * room + t - start) * channels
            for g in range(groups):
                here = g * TILE + _PAIRS[f, 0]
                there = g * TILE + _PAIRS[f, 1]
                a = load(z, here)
                b = load(z, here + LANES)
                c = load(z, there)
                d = load(z, there + LANES)
                real = a + c
                imag = b - d
                store(V, v, real + turned * imag)
                store(V, plane + v, real)
                store(V, 2 * plane + v, imag)
                real = b + d
                imag = c - a
                store(V, v + LANES, real + turned * imag)
                store(V, plane + v + LANES, real)
                store(V, 2 * plane + v + LANES, imag)
                v += GROUP


@kernel
def spectrum_to_tiles(
    P: FloatArray,
    start: int,
    stop: int,
    grid: Pair,
    step: int,
    size: Pair,
    bias: FloatArray,
    relu: bool,
    z: FloatArray,
    y: FloatArray,
    codes: npt.NDArray[np.int8] | None,
) -> None:
    """Transform products back and write what is valid of each tile.

    Args:
        P: ``(3, F, tiles, channels)``, Gauss's products k1, k2, k3: the spectrum's real part is
            k1 - k3, its imaginary part k1 + k2.
        start: First tile.
        stop: One past the last tile.
        grid: Tiles a column and a row of an image.
        step: Distance between tiles, and positions a side that are valid; even when pooled.
        size: (H, W) of the map.
        bias: ``(channels,)`` float32, added.
        relu: Whether negative results become 0.
        z: Buffer of TILE * channels / GROUP floats.
        y: ``(N, H, W, O)`` float32, written; where there are codes, the largest of each window of
            2 by 2 instead, ``(N, (H + 1) // 2, (W + 1) // 2, O)``.
        codes: None, or int8 of y's shape, written: where in its window each number was, 0 to 3.
    """
    O = y.shape[3]
    room = P.shape[2]
    channels = P.shape[3]
    groups = channels // GROUP
    plane = F * room * channels
    lowest = splat(np.float32(-np.inf))
    zero = splat(np.float32(0))
    floor = splat(np.float32(0) if relu else np.float32(-np.inf))
    for t in range(start, stop):
        n, rest = divmod(t, grid[0] * grid[1])
        i, j = divmod(rest, grid[1])
        for f in range(F):
            v = (f * room + t - start) * channels
            for g in range(groups):
                k1 = load(P, v)
                a = k1 - load(P, 2 * plane + v)
                b = k1 + load(P, plane + v)
                k1 = load(P, v + LANES)
                c = k1 - load(P, 2 * plane + v + LANES)
                d = k1 + load(P, plane + v + LANES)
                here = g * TILE + _PAIRS[f, 0]
                there = g * TILE + _PAIRS[f, 1]
                store(z, here, b + c)
                store(z, here + LANES, a - d)
                store(z, there, c - b)
                store(z, there + LANES, a + d)
                v += GROUP
        rows = min(step, size[0] - i * step)
        columns = min(step, size[1] - j * step)
        for g in range(groups):
            o = g * TILE
            for c in range(SIZE):
                line_back(z, o + c * GROUP, _PITCH)
            for r in range(rows):
                line_back(z, o + r * _PITCH, GROUP)
            for half in range(2):
                # The real part, its first half, comes second.
                here = o + LANES - LANES * half
                first = GROUP * g + LANES * half
                shift = load(bias, first)
                if codes is None:
                    for r in range(rows):
                        place = ((n * size[0] + i * step + r) * size[1] + j * step) * O + first
                        for c in range(columns):
                            a = load(z, here + r * _PITCH + c * GROUP) + shift
                            store_some(y, place + c * O, maximum(a, floor), O - first)
                else:
                    top = zero
                    for r in range(rows):
                        for c in range(columns):
                            a = load(z, here + r * _PITCH + c * GROUP)
                            top = maximum(maximum(a, zero - a), top)
                    slack = top * splat(_SLACK)
                    for r in range(0, rows, 2):
                        place = (n * y.shape[1] + (i * step + r) // 2) * y.shape[2]
                        place = (place + j * step // 2) * O + first
                        for k in range(0, columns, 2):
                            q = here + r * _PITCH + k * GROUP
                            a = maximum(load(z, q) + shift, floor)
                            b = c = d = lowest
                            right = k + 1 < columns
                            if right:
                                b = maximum(load(z, q + GROUP) + shift, floor)
                            if r + 1 < rows:
                                c = maximum(load(z, q + _PITCH) + shift, floor)
                                if right:
                                    d = maximum(load(z, q + _PITCH + GROUP) + shift, floor)
                            # After ReLU: where all are 0 the first counts as the largest.
                            store_largest(codes, place, a, b, c, d, slack, O - first)
                            a = maximum(maximum(a, b), maximum(c, d))
                            store_some(y, place, a, O - first)
                            place += O
