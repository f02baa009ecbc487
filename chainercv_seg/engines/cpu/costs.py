"""What a convolution will cost by each method: the numbers by which one is chosen."""

import math

from chainercv_seg.engines.cpu.compiled import COMPILED
from chainercv_seg.engines.cpu.fft.convolution import TILES_AT_A_TIME
from chainercv_seg.engines.cpu.fft.tiles import GROUP, SIZE, F
from chainercv_seg.engines.cpu.lanes import round_up
from chainercv_seg.engines.cpu.winograd.convolution import tiles_at_a_time

#: Floating-point operations of a matrix product, and bytes that are written and read, in a
#: nanosecond of one core with AVX-512: patches and the spectra of FFT tiles, and Winograd's tiles,
#: which are smaller and stay in the cache. Only the ratios decide: other cores shrink all alike.
OPERATIONS = 100.0
BFLOAT16_OPERATIONS = 200.0
BYTES = 5.0
WINOGRAD_BYTES = 9.0
#: Nanoseconds for each pair of channels that transforming a kernel takes: for each tap by matmul.
FFT_PREPARATION, WINOGRAD_PREPARATION, MATMUL_PREPARATION = 1700.0, 180.0, 2.0


def _transformed_cost(
    products: int,
    positions: int,
    tiles: int,
    C: int,
    O: int,
    speed: float,
    bfloat16: bool = False,
) -> float:
    """Estimate a position's cost where ``products`` products make a tile of ``positions``.

    Tiles are written and read once, weights once for so many tiles.
    """
    size, operations = (2, BFLOAT16_OPERATIONS) if bfloat16 else (4, OPERATIONS)
    transport = size * C + 4 * O + size * C * O / tiles
    return products / positions * (2 * C * O / operations + transport / speed)


def convolution_costs(
    shape: tuple[int, ...],
    *,
    stride: int = 1,
    dilate: int = 1,
    pool: bool = False,
    positions: float = math.inf,
    bfloat16: bool = False,
) -> dict[str, float]:
    """Estimate what each method costs that can compute a convolution.

    Args:
        shape: (O, C, kh, kw) of the kernel.
        stride: Distance between the positions of the result.
        dilate: Distance between the kernel's taps.
        pool: Whether 2 by 2 pooling follows, which the FFT does in passing.
        positions: Of the result, in all of its uses: the kernel is transformed once for them.
        bfloat16: Whether products are of bfloat16, but for Winograd's.

    Returns:
        Nanoseconds a position of the result, by method: ``'matmul'``, and where it applies
        ``'winograd'`` and ``'fft'``. The map is taken to be large against a tile.
    """
    O, C, kh, kw = shape
    patches = 0 if kh * kw == stride == 1 else 2 * kh * kw * C / BYTES
    pooling = 2 * 4 * O / BYTES if pool else 0
    operations = BFLOAT16_OPERATIONS if bfloat16 else OPERATIONS
    product = 2 * kh * kw * C * round_up(O) / operations  # its vectors are as long
    pairs = C * O / positions
    costs = {'matmul': product + patches + pooling + MATMUL_PREPARATION * kh * kw * pairs}
    if not COMPILED or stride != 1:
        return costs
    if (kh, kw) == (3, 3):
        c, o = round_up(C), round_up(O)
        tiles = tiles_at_a_time(c, o)
        cost = _transformed_cost(36, 16, tiles, c, o, WINOGRAD_BYTES)
        costs['winograd'] = cost + pooling + WINOGRAD_PREPARATION * pairs
    # Spectra of a 3x3 kernel take 86 times its memory: half the products are not worth that.
    if dilate == 1 and max(kh, kw) < SIZE and not (bfloat16 and 'winograd' in costs):
        c, o = round_up(C, GROUP), round_up(O, GROUP)
        valid = (SIZE - max(kh, kw) + 1) ** 2
        cost = _transformed_cost(3 * F, valid, TILES_AT_A_TIME, c, o, BYTES, bfloat16)
        costs['fft'] = cost + FFT_PREPARATION * pairs
    return costs


def cheapest(costs: dict[str, float]) -> str:
    """Choose a method by what `convolution_costs` estimates."""
    return min(costs, key=costs.__getitem__)
