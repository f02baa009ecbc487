"""FFTs of a line of 32 positions, a part of the kernels in `fft_tiles`.

A position is two vectors, the real and the imaginary parts of its lanes. A line is transformed in
two passes, radix 4 and radix 8. Frequencies come out in digit-reversed order, which costs nothing,
since they are only ever multiplied one by one. The way back takes the imaginary parts first: the
inverse transform is the forward one of exchanged parts, not divided by 32.
"""

import numpy as np
import numpy.typing as npt

from chainercv_seg.engines.cpu.compiled import part
from chainercv_seg.engines.cpu.lanes import LANES, load, splat, store

FloatArray = npt.NDArray[np.float32]

#: Positions of a line, and lines of a tile.
SIZE = 32
#: The frequency at each place of a transformed line.
ORDER = [slot % 8 * 4 + slot // 8 for slot in range(SIZE)]
_SQRT_HALF = np.float32(0.5**0.5)


def _pass_factors() -> npt.NDArray[np.float32]:
    """Return ``exp(-2 pi i b k / 32)`` as (k, b - 1, part), flat: k to 8, b from 1 to 3."""
    k, b = np.meshgrid(np.arange(8), np.arange(1, 4), indexing='ij')
    factors = np.exp(-2j * np.pi * k * b / SIZE)
    return np.stack((factors.real, factors.imag), axis=-1).astype(np.float32).ravel()


_FACTORS = _pass_factors()


@part
def _butterfly4(a0, b0, a1, b1, a2, b2, a3, b3):  # type: ignore[no-untyped-def]
    """4 points, in order: the one butterfly that everything is made of."""
    p = a0 + a2
    q = b0 + b2
    r = a0 - a2
    s = b0 - b2
    t = a1 + a3
    u = b1 + b3
    v = a1 - a3
    w = b1 - b3
    return p + t, q + u, r + w, s - v, p - t, q - u, r - w, s + v


@part
def _turn(a, b, i):  # type: ignore[no-untyped-def]
    """Multiply by a factor."""
    wr = splat(_FACTORS[2 * i])
    wi = splat(_FACTORS[2 * i + 1])
    return a * wr - b * wi, a * wi + b * wr


@part
def _radix4_out(z, o, step):  # type: ignore[no-untyped-def]
    """First pass of a line out: positions k, k + 8, k + 16, k + 24."""
    for k in range(8):
        i0 = o + k * step
        i1 = i0 + 8 * step
        i2 = i0 + 16 * step
        i3 = i0 + 24 * step
        a0, b0, a1, b1, a2, b2, a3, b3 = _butterfly4(
            load(z, i0),
            load(z, i0 + LANES),
            load(z, i1),
            load(z, i1 + LANES),
            load(z, i2),
            load(z, i2 + LANES),
            load(z, i3),
            load(z, i3 + LANES),
        )
        a1, b1 = _turn(a1, b1, 3 * k)
        a2, b2 = _turn(a2, b2, 3 * k + 1)
        a3, b3 = _turn(a3, b3, 3 * k + 2)
        store(z, i0, a0)
        store(z, i0 + LANES, b0)
        store(z, i1, a1)
        store(z, i1 + LANES, b1)
        store(z, i2, a2)
        store(z, i2 + LANES, b2)
        store(z, i3, a3)
        store(z, i3 + LANES, b3)


@part
def _radix4_back(z, o, step):  # type: ignore[no-untyped-def]
    """Last pass of a line back."""
    for k in range(8):
        i0 = o + k * step
        i1 = i0 + 8 * step
        i2 = i0 + 16 * step
        i3 = i0 + 24 * step
        a1, b1 = _turn(load(z, i1), load(z, i1 + LANES), 3 * k)
        a2, b2 = _turn(load(z, i2), load(z, i2 + LANES), 3 * k + 1)
        a3, b3 = _turn(load(z, i3), load(z, i3 + LANES), 3 * k + 2)
        a0, b0, a1, b1, a2, b2, a3, b3 = _butterfly4(
            load(z, i0), load(z, i0 + LANES), a1, b1, a2, b2, a3, b3
        )
        store(z, i0, a0)
        store(z, i0 + LANES, b0)
        store(z, i1, a1)
        store(z, i1 + LANES, b1)
        store(z, i2, a2)
        store(z, i2 + LANES, b2)
        store(z, i3, a3)
        store(z, i3 + LANES, b3)


@part
def _radix8(z, o, step):  # type: ignore[no-untyped-def]
    """The other pass: 8 neighbours, in order, as 4 points of their sums and of differences."""
    half = splat(_SQRT_HALF)
    i1 = o + step
    i2 = o + 2 * step
    i3 = o + 3 * step
    i4 = o + 4 * step
    i5 = o + 5 * step
    i6 = o + 6 * step
    i7 = o + 7 * step
    a0 = load(z, o)
    b0 = load(z, o + LANES)
    a1 = load(z, i1)
    b1 = load(z, i1 + LANES)
    a2 = load(z, i2)
    b2 = load(z, i2 + LANES)
    a3 = load(z, i3)
    b3 = load(z, i3 + LANES)
    a4 = load(z, i4)
    b4 = load(z, i4 + LANES)
    a5 = load(z, i5)
    b5 = load(z, i5 + LANES)
    a6 = load(z, i6)
    b6 = load(z, i6 + LANES)
    a7 = load(z, i7)
    b7 = load(z, i7 + LANES)
    # The differences are turned by an eighth more each.
    c1 = a1 - a5
    d1 = b1 - b5
    c3 = a3 - a7
    d3 = b3 - b7
    c0, d0, c1, d1, c2, d2, c3, d3 = _butterfly4(
        a0 - a4,
        b0 - b4,
        (c1 + d1) * half,
        (d1 - c1) * half,
        b2 - b6,
        a6 - a2,
        (d3 - c3) * half,
        (splat(np.float32(0)) - c3 - d3) * half,
    )
    a0, b0, a1, b1, a2, b2, a3, b3 = _butterfly4(
        a0 + a4, b0 + b4, a1 + a5, b1 + b5, a2 + a6, b2 + b6, a3 + a7, b3 + b7
    )
    store(z, o, a0)
    store(z, o + LANES, b0)
    store(z, i1, c0)
    store(z, i1 + LANES, d0)
    store(z, i2, a1)
    store(z, i2 + LANES, b1)
    store(z, i3, c1)
    store(z, i3 + LANES, d1)
    store(z, i4, a2)
    store(z, i4 + LANES, b2)
    store(z, i5, c2)
    store(z, i5 + LANES, d2)
    store(z, i6, a3)
    store(z, i6 + LANES, b3)
    store(z, i7, c3)
    store(z, i7 + LANES, d3)


@part
def line_out(z: FloatArray, o: int, step: int) -> None:
    """Positions to frequencies, in place: ``step`` floats apart, from the ``o``-th of z on."""
    _radix4_out(z, o, step)
    for k in range(0, SIZE, 8):
        _radix8(z, o + k * step, step)


@part
def line_back(z: FloatArray, o: int, step: int) -> None:
    """Frequencies to positions, in place; the imaginary parts come first."""
    for k in range(0, SIZE, 8):
        _radix8(z, o + k * step, step)
    _radix4_back(z, o, step)
