"""The tile of a matrix product: a few rows and columns whose sums stay in registers.

It is emitted as LLVM's instructions, since LLVM does not find it in a loop. A tile of bfloat16 is one of
float32 in which a number of four bytes is a pair of them, that a single instruction multiplies and adds up.
"""

from itertools import chain
from typing import Any

from chainercv_seg.engines.cpu.compiled import COMPILED, part
from chainercv_seg.engines.cpu.lanes import LANES
from chainercv_seg.engines.cpu.processors import PROCESSOR, ROWS

_VECTORS = PROCESSOR.vectors
#: Columns of a tile, and of a panel.
PANEL = _VECTORS * LANES
#: Steps of the inner loop that are taken at a time.
UNROLLED = PROCESSOR.unrolled

if COMPILED:
    from collections.abc import Callable
    from typing import NamedTuple

    from llvmlite import ir
    from numba import types
    from numba.core import cgutils
    from numba.extending import intrinsic

    from chainercv_seg.engines.cpu.lanes import (
        BFLOAT16,
        VECTOR,
        address_of,
        emit_prefetch,
        fill,
        kind_in,
        load_first,
        store_first,
        to_store,
    )

    _INT, _PAIR = ir.IntType(64), ir.IntType(32)

    class _Kind(NamedTuple):
        """What is multiplied: a number of the left side, a vector of the right side, and how."""

        number: Any
        vector: Any
        multiply: Callable[[Any, Any, Any, Any], Any]

    def _float32(builder: Any, a: Any, b: Any, total: Any) -> Any:
        kind = ir.FunctionType(VECTOR, [VECTOR] * 3)
        name = f'llvm.fmuladd.v{LANES}f32'
        return builder.call(
            cgutils.get_or_insert_function(builder.module, kind, name), [a, b, total]
        )

    def _bfloat16(builder: Any, a: Any, b: Any, total: Any) -> Any:
        pairs = ir.VectorType(BFLOAT16, 2 * LANES)
        kind = ir.FunctionType(VECTOR, [VECTOR, pairs, pairs])
        name = 'llvm.x86.avx512bf16.dpbf16ps.512'
        function = cgutils.get_or_insert_function(builder.module, kind, name)
        return builder.call(function, [total, builder.bitcast(a, pairs), builder.bitcast(b, pairs)])

    _KINDS = {
        types.float32: _Kind(ir.FloatType(), VECTOR, _float32),
        types.uint32: _Kind(_PAIR, ir.VectorType(_PAIR, LANES), _bfloat16),
    }

    def fence(builder: Any, lanes: Any) -> Any:
        """Emit that no sum is put in another order across here: numba allows that in all of a kernel."""
        kind = ir.FunctionType(VECTOR, [VECTOR])
        name = f'llvm.arithmetic.fence.v{LANES}f32'
        return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), [lanes])

    def _sums(
        builder: Any, kind: _Kind, left: list[Any], right: Any, K: Any, fetch: Any
    ) -> list[list[Any]]:
        """Emit the loop over k, from the addresses of rows and of a panel, to the sums.

        ``fetch(i)`` emits what fetches the i-th row of the result, of which there is one at a time: the
        cache waits for a few lines at once only, and the panel's are needed meanwhile.
        """
        nothing = ir.InlineAsm(ir.FunctionType(ir.VoidType(), []), '', '', side_effect=True)
        whole = builder.and_(K, _INT(-UNROLLED))
        step = builder.and_(builder.sdiv(K, _INT(len(left))), _INT(-UNROLLED))
        step = builder.add(step, _INT(UNROLLED))
        names = 'rows', 'products', 'next', 'rest', 'one', 'sums'
        before = builder.block
        outer, inner, latch, rest, one, end = map(builder.append_basic_block, names)

        def begin(block: Any) -> tuple[Any, list[list[Any]]]:
            """Start a loop's block with k and the sums so far."""
            builder.position_at_end(block)
            return builder.phi(_INT), [[builder.phi(VECTOR) for _ in range(_VECTORS)] for _ in left]

        def products(k: Any, sums: list[list[Any]]) -> list[list[Any]]:
            row = builder.gep(right, [builder.mul(k, _INT(PANEL // LANES))])
            b = [builder.load(builder.gep(row, [_INT(v)]), align=4) for v in range(_VECTORS)]
            numbers = (fill(builder, builder.load(builder.gep(line, [k]))) for line in left)
            return [
                [kind.multiply(builder, a, *pair) for pair in zip(b, own, strict=True)]
                for a, own in zip(numbers, sums, strict=True)
            ]

        def come_from(block: Any, target: tuple[Any, list[list[Any]]], k: Any, sums: Any) -> None:
            target[0].add_incoming(k, block)
            for phi, value in zip(chain(*target[1]), chain(*sums), strict=True):
                phi.add_incoming(value, block)

        zero = ir.Constant(VECTOR, [0.0] * LANES)
        zeros = [[zero] * _VECTORS for _ in left]
        some = builder.icmp_signed('<', _INT(0), whole)
        builder.cbranch(some, outer, rest)

        outer_state = begin(outer)
        i = builder.phi(_INT)
        i.add_incoming(_INT(0), before)
        come_from(before, outer_state, _INT(0), zeros)
        fetch(i)
        stop = builder.add(outer_state[0], step)
        stop = builder.select(builder.icmp_signed('<', stop, whole), stop, whole)
        builder.branch(inner)

        inner_state = begin(inner)
        come_from(outer, inner_state, *outer_state)
        k, sums = inner_state
        for u in range(UNROLLED):
            sums = products(builder.add(k, _INT(u)), sums)
        following = builder.add(k, _INT(UNROLLED))
        # LLVM would unroll this loop and run out of registers, but not across what is convergent.
        builder.call(nothing, [], attrs=('convergent', 'nounwind'))
        builder.cbranch(builder.icmp_signed('<', following, stop), inner, latch)
        come_from(inner, inner_state, following, sums)
        builder.position_at_end(latch)
        i.add_incoming(builder.add(i, _INT(1)), latch)
        come_from(latch, outer_state, following, sums)
        builder.cbranch(builder.icmp_signed('<', following, whole), outer, rest)

        rest_state = begin(rest)
        come_from(before, rest_state, _INT(0), zeros)
        come_from(latch, rest_state, following, sums)
        builder.cbranch(builder.icmp_signed('<', rest_state[0], K), one, end)
        builder.position_at_end(one)
        more = products(*rest_state)
        builder.call(nothing, [], attrs=('convergent', 'nounwind'))
        come_from(one, rest_state, builder.add(rest_state[0], _INT(1)), more)
        builder.branch(rest)
        builder.position_at_end(end)
        return rest_state[1]

    def _tile(rows: int) -> Any:
        @intrinsic
        def tile(typing, a, at, K, panels, panel, bias, residual, floor, y, to, N, column):  # type: ignore[no-untyped-def]
            """Compute ``rows`` rows of a product from their places in the arrays.

            ``floor`` is the least that a result may be, ``column`` the tile's first one of N.
            """

            def emit(context, builder, signature, args):  # type: ignore[no-untyped-def]
                def at_index(number, index, to=VECTOR):  # type: ignore[no-untyped-def]
                    array = signature.args[number]
                    return address_of(context, builder, array, args[number], index, to)

                _, start, K, _, panel, _, _, floor, _, to, N, column = args
                kind = _KINDS[a.dtype]
                lines = [at_index(0, start, kind.number)]
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

                totals = _sums(builder, kind, lines, at_index(3, panel, kind.vector), K, fetch)
                for v, first in enumerate(columns):
                    some = builder.sub(N, first)
                    for i in range(rows):
                        total = totals[i][v]
                        for number, index in ((5, first), (6, places[i][v])):
                            if signature.args[number] is not types.none:
                                added = load_first(builder, VECTOR, at_index(number, index), some)
                                total = fence(builder, builder.fadd(total, added))
                        smaller = builder.fcmp_ordered('<', total, floor)
                        total = builder.select(smaller, floor, total)
                        stored = kind_in(y)
                        result = at_index(8, places[i][v], stored)
                        store_first(builder, stored, to_store(builder, stored, total), result, some)
                return context.get_dummy_value()

            index = types.intp
            tables = (a, index, index, panels, index, bias, residual)
            return types.void(*tables, floor, y, index, index, index), emit

        return tile

    _tile1, _tile2, _tile3, _tile4, _tile5, _tile6 = (_tile(rows) for rows in range(1, ROWS + 1))


@part
def tile_of(
    rows: int,
    a: Any,
    at: int,
    K: int,
    panels: Any,
    panel: int,
    bias: Any,
    residual: Any,
    floor: Any,
    y: Any,
    to: int,
    N: int,
    column: int,
) -> None:
    """Compute up to six rows of a product."""
    if rows == ROWS:
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
