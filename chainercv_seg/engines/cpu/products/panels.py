"""Matrix products with a right side laid out once, in panels of a few columns.

A BLAS lays out the right side anew for every product, as it cannot know that weights stay the same,
and leaves bias, residual and ReLU to another pass. Here the sums of a tile stay in registers and are
finished as they are written. Goto and van de Geijn 2008, "Anatomy of High-Performance Matrix
Multiplication"; the left side is read as it lies.

Cost: M * K * N multiplications, at the speed of a BLAS's largest products. Error: that of a sum of K
products in their order: the same bits however the rows are divided.
"""

from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from chainercv_seg.engines.cpu.compiled import COMPILED, kernel, part
from chainercv_seg.engines.cpu.lanes import LANES, prefetch, splat
from chainercv_seg.engines.cpu.scratch import aligned

FloatArray = npt.NDArray[np.float32]

#: Columns of a panel.
PANEL = 2 * LANES
#: Floats of the left side that meet all panels in turn: half a megabyte, for the second cache.
BLOCK = 1 << 17
#: Floats of both sides below which the next product's fit into the first caches too.
SMALL = 1 << 14

if COMPILED:
    import numba
    from llvmlite import binding, ir
    from numba import types
    from numba.core import cgutils
    from numba.extending import intrinsic

    from chainercv_seg.engines.cpu.lanes import (
        VECTOR,
        address_of,
        emit_prefetch,
        fill,
        first_lanes,
        masked_load,
        masked_store,
    )

    _INT = ir.IntType(64)

    def _vectors() -> int:
        features = numba.config.CPU_FEATURES
        if features is None:
            features = binding.get_host_cpu_features().flatten()
        return 2 if '+avx512f' in features else 1

    # Vectors of a tile's row: with 6 rows, the sums take 12 of the 32 registers of AVX-512, or 12 of
    # the 16 of AVX2, where a vector takes two.
    _VECTORS = _vectors()

    def _sums(builder: Any, left: list[Any], right: Any, K: Any, fetch: Any) -> list[list[Any]]:
        """Emit the loop over k, from the addresses of rows and of a panel, to the sums.

        ``fetch(i)`` emits what fetches the i-th row of the result, of which there is one at a time: the
        cache waits for a few lines at once only, and the panel's are needed meanwhile.
        """
        fma = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(VECTOR, [VECTOR] * 3), 'llvm.fmuladd.v16f32'
        )
        nothing = ir.InlineAsm(ir.FunctionType(ir.VoidType(), []), '', '', side_effect=True)
        step = builder.add(builder.sdiv(K, _INT(len(left))), _INT(1))
        blocks = [
            builder.block,
            *map(builder.append_basic_block, ('rows', 'products', 'next', 'sums')),
        ]
        before, outer, inner, latch, end = blocks
        phis = []
        for block in (outer, inner):
            builder.position_at_end(block)
            phis.append(
                [builder.phi(_INT), [[builder.phi(VECTOR) for _ in range(_VECTORS)] for _ in left]]
            )
        (start, so_far), (k, sums) = phis
        builder.position_at_end(before)
        builder.branch(outer)
        builder.position_at_end(outer)
        i = builder.phi(_INT)
        i.add_incoming(_INT(0), before)
        fetch(i)
        stop = builder.add(start, step)
        stop = builder.select(builder.icmp_signed('<', stop, K), stop, K)
        builder.branch(inner)

        builder.position_at_end(inner)
        row = builder.gep(right, [builder.mul(k, _INT(PANEL // LANES))])
        b = [builder.load(builder.gep(row, [_INT(v)]), align=4) for v in range(_VECTORS)]
        totals = []
        for line, own in zip(left, sums, strict=True):
            a = fill(builder, builder.load(builder.gep(line, [k])))
            totals.append([builder.call(fma, [a, *pair]) for pair in zip(b, own, strict=True)])
        following = builder.add(k, _INT(1))
        # LLVM would unroll this loop and run out of registers, but not across what is convergent.
        builder.call(nothing, [], attrs=('convergent', 'nounwind'))
        builder.cbranch(builder.icmp_signed('<', following, stop), inner, latch)
        builder.position_at_end(latch)
        i.add_incoming(builder.add(i, _INT(1)), latch)
        builder.cbranch(builder.icmp_signed('<', following, K), outer, end)

        start.add_incoming(_INT(0), before)
        start.add_incoming(following, latch)
        k.add_incoming(start, outer)
        k.add_incoming(following, inner)
        for first, own, added in zip(chain(*so_far), chain(*sums), chain(*totals), strict=True):
            first.add_incoming(ir.Constant(VECTOR, [0.0] * LANES), before)
            first.add_incoming(added, latch)
            own.add_incoming(first, outer)
            own.add_incoming(added, inner)
        builder.position_at_end(end)
        return totals

    def _tile(rows: int) -> Any:
        @intrinsic
        def tile(typing, a, at, K, panels, panel, bias, residual, floor, y, to, N, column):  # type: ignore[no-untyped-def]
            """Compute ``rows`` rows of a product from their places in the arrays.

            ``floor`` is the least that a result may be, ``column`` the tile's first one of N.
            """

            def emit(context, builder, signature, args):  # type: ignore[no-untyped-def]
                def at_index(number, index, to=VECTOR):  # type: ignore[no-untyped-def]
                    kind = signature.args[number]
                    return address_of(context, builder, kind, args[number], index, to)

                _, start, K, _, panel, _, _, floor, _, to, N, column = args
                lines = [at_index(0, start, ir.FloatType())]
                while len(lines) < rows:
                    lines.append(builder.gep(lines[-1], [K]))
                columns = [builder.add(column, _INT(v * LANES)) for v in range(_VECTORS)]
                places = [
                    [builder.add(builder.add(to, builder.mul(N, _INT(i))), c) for c in columns]
                    for i in range(rows)
                ]

                def fetch(i):  # type: ignore[no-untyped-def]
                    for first in columns:
                        place = builder.add(builder.add(to, builder.mul(N, i)), first)
                        emit_prefetch(builder, at_index(8, place), write=True)
                        if residual is not types.none:
                            emit_prefetch(builder, at_index(6, place), write=False)

                totals = _sums(builder, lines, at_index(3, panel), K, fetch)
                for v, first in enumerate(columns):
                    mask = first_lanes(builder, builder.sub(N, first))
                    for i in range(rows):
                        total = totals[i][v]
                        for number, index in ((5, first), (6, places[i][v])):
                            if signature.args[number] is not types.none:
                                added = masked_load(
                                    builder, VECTOR, 'v16f32', at_index(number, index), mask
                                )
                                total = builder.fadd(total, added)
                        smaller = builder.fcmp_ordered('<', total, floor)
                        total = builder.select(smaller, floor, total)
                        result = at_index(8, places[i][v])
                        masked_store(builder, VECTOR, 'v16f32', [total, result, mask])
                return context.get_dummy_value()

            index = types.intp
            tables = (a, index, index, panels, index, bias, residual)
            return types.void(*tables, floor, y, index, index, index), emit

        return tile

    _tile1, _tile2, _tile3, _tile4, _tile5, _tile6 = (_tile(rows) for rows in range(1, 7))


def lay_out(matrices: FloatArray) -> FloatArray:
    """Prepare the right sides of products once.

    Args:
        matrices: ``(..., K, N)`` float32, K at least 1.

    Returns:
        ``(..., ceil(N / 32), K, 32)`` float32, columns beyond the last 0; without numba the matrices.
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
    a: FloatArray,
    right: FloatArray,
    y: FloatArray,
    *,
    rows: int | None = None,
    bias: FloatArray | None = None,
    residual: FloatArray | None = None,
    relu: bool = False,
) -> None:
    """Multiply one or several matrices, add, and take the positive part.

    Args:
        a: ``(M, K)`` or ``(G, M, K)`` float32, C-contiguous.
        right: From `lay_out`, of ``(K, N)`` or ``(G, K, N)``.
        y: ``(M, N)`` or ``(G, M, N)`` float32, C-contiguous, written to.
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


@part
def _tile_of(rows, a, at, K, panels, panel, bias, residual, floor, y, to, N, column):  # type: ignore[no-untyped-def]
    if rows == 6:
        _tile6(a, at, K, panels, panel, bias, residual, floor, y, to, N, column)
    elif rows == 5:
        _tile5(a, at, K, panels, panel, bias, residual, floor, y, to, N, column)
    elif rows == 4:
        _tile4(a, at, K, panels, panel, bias, residual, floor, y, to, N, column)
    elif rows == 3:
        _tile3(a, at, K, panels, panel, bias, residual, floor, y, to, N, column)
    elif rows == 2:
        _tile2(a, at, K, panels, panel, bias, residual, floor, y, to, N, column)
    else:
        _tile1(a, at, K, panels, panel, bias, residual, floor, y, to, N, column)


@kernel
def _panel_product(a, panels, count, bias, residual, relu, y):  # type: ignore[no-untyped-def]
    _, M, K = a.shape
    N = y.shape[2]
    floor = splat(np.float32(0) if relu else np.float32(-np.inf))
    block = max(6, BLOCK // K // 6 * 6)
    # Small matrices: while one is multiplied, the next one's cache lines are fetched, tile by tile.
    fetched, products = panels.shape[1] * K * PANEL, -(-count // 6) * -(-N // (_VECTORS * LANES))
    ahead = len(a) > 1 and count > 16 and count * K + fetched < SMALL
    lines_a, lines_b = count * K // 16 // products + 1, fetched // 16 // products + 1
    for g in range(len(a)):
        next_a, next_b = (g + 1) * M * K, (g + 1) * fetched
        for first in range(0, count, block):
            last = min(count, first + block)
            tiles = -(-(last - first) // 6)
            for column in range(0, N, _VECTORS * LANES):
                number, within = divmod(column, PANEL)
                panel = (g * panels.shape[1] + number) * K * PANEL + within
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
                    _tile_of(
                        end - row, a, at, K, panels, panel, bias, residual, floor, y, to, N, column
                    )  # fmt: skip
                    row = end
