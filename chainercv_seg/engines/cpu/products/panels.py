"""Matrix products with a right side laid out once, in panels of a few columns.

A BLAS lays out the right side anew for every product, as it cannot know that weights stay the same,
and leaves bias, residual and ReLU to another pass. Here the sums of a tile stay in registers and are
finished as they are written. Goto and van de Geijn 2008, "Anatomy of High-Performance Matrix
Multiplication"; the left side is read as it lies.

Cost: M * K * N multiplications, at the speed of a BLAS's largest products. Error: that of a sum of K
products in their order: the same bits however the rows are divided.
"""

import numpy as np
import numpy.typing as npt

from chainercv_seg.engines.cpu.bfloat16 import Words
from chainercv_seg.engines.cpu.compiled import COMPILED, kernel
from chainercv_seg.engines.cpu.lanes import prefetch, splat
from chainercv_seg.engines.cpu.processors import ROWS
from chainercv_seg.engines.cpu.products.tile import PANEL, tile_of
from chainercv_seg.engines.cpu.scratch import aligned

FloatArray = npt.NDArray[np.float32]

#: Words of the left side that meet all panels in turn: about a megabyte, for the second cache.
BLOCK = 1 << 18
#: Words of both sides below which the next product's fit into the first caches too.
SMALL = 1 << 14


def lay_out(matrices: FloatArray) -> FloatArray:
    """Prepare the right sides of products once; `in_pairs` goes on to bfloat16.

    Args:
        matrices: ``(..., K, N)`` float32, K at least 1.

    Returns:
        ``(..., ceil(N / PANEL), K, PANEL)`` float32, columns beyond the last 0; without numba the matrices.
    """
    if not COMPILED:
        return matrices
    *more, K, N = matrices.shape
    panels = aligned((*more, -(-N // PANEL), K, PANEL))
    for number in range(panels.shape[-3]):
        columns = matrices[..., number * PANEL : (number + 1) * PANEL]
        panels[..., number, :, : columns.shape[-1]] = columns
        panels[..., number, :, columns.shape[-1] :] = 0
    return panels


def panel_product(
    a: Words,
    right: Words,
    y: Words,
    *,
    rows: int | None = None,
    bias: FloatArray | None = None,
    residual: FloatArray | None = None,
    relu: bool = False,
) -> None:
    """Multiply one or several matrices, add, and take the positive part.

    Args:
        a: ``(M, K)`` or ``(G, M, K)`` float32, C-contiguous; or uint32, K pairs of bfloat16.
        right: Of the same type, from `lay_out` of ``(K, N)`` or ``(G, K, N)``, or `in_pairs`.
        y: ``(M, N)`` or ``(G, M, N)``, C-contiguous, written to: float32, or uint16 for the bits of bfloat16.
        rows: How many rows of each matrix to compute; all, if None.
        bias: ``(N,)`` float32, added to each row.
        residual: Float32 of y's shape, C-contiguous, added.
        relu: Whether negative results become 0.
    """
    rows = a.shape[-2] if rows is None else rows
    if COMPILED:
        if a.ndim == 2:
            a, right, y = a[None], right[None], y[None]
            residual = None if residual is None else residual[None]
        _panel_product(a, right, rows, bias, residual, relu, y)
        return
    result = y[..., :rows, :]
    np.matmul(a[..., :rows, :], right, out=result)
    if bias is not None:
        result += bias
    if residual is not None:
        result += residual[..., :rows, :]
    if relu:
        np.maximum(result, 0, out=result)


@kernel
def _panel_product(a, panels, count, bias, residual, relu, y):  # type: ignore[no-untyped-def]
    _, M, K = a.shape
    N = y.shape[2]
    floor = splat(np.float32(0) if relu else np.float32(-np.inf))
    blocks = max(1, round(count * K / BLOCK))
    block = max(ROWS, -(-count // blocks))
    # Small matrices: while one is multiplied, the next one's cache lines are fetched, tile by tile.
    fetched, products = panels.shape[1] * K * PANEL, -(-count // ROWS) * -(-N // PANEL)
    ahead = len(a) > 1 and count > 16 and count * K + fetched < SMALL
    lines_a, lines_b = count * K // 16 // products + 1, fetched // 16 // products + 1
    for g in range(len(a)):
        next_a, next_b = (g + 1) * M * K, (g + 1) * fetched
        for first in range(0, count, block):
            last = min(count, first + block)
            tiles = -(-(last - first) // ROWS)
            for column in range(0, N, PANEL):
                panel = (g * panels.shape[1] * PANEL + column) * K
                row = first
                for tile in range(1, tiles + 1):
                    if ahead:
                        for _ in range(lines_a):
                            prefetch(a, next_a)
                            next_a += 16
                        for _ in range(lines_b):
                            prefetch(panels, next_b)
                            next_b += 16
                    end = first + (last - first) * tile // tiles
                    at, to = (g * M + row) * K, (g * M + row) * N
                    tile_of(
                        end - row, a, at, K, panels, panel, bias, residual, floor, y, to, N, column
                    )  # fmt: skip
                    row = end
