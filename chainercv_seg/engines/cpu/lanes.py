"""Vectors of floats as values in compiled kernels, as long as the processor's registers.

LLVM makes vectors of a loop only where it can prove that no operands overlap, which it rarely can
for rows of arrays: a copy of 32 floats takes 2 instructions or 64. These functions state the
vector instead: ``a = load(x, i)`` reads LANES floats from the i-th of x's memory on, ``+``, ``-``,
``*`` and `maximum` work lane by lane, ``store(x, i, a)`` writes. The ``..._some`` kinds stop after
``count`` lanes (none where it is negative).

Indices count elements from the first of a C-contiguous array and are not checked.
"""

import operator
from functools import partial
from typing import Any

from chainercv_seg.engines.cpu.compiled import COMPILED
from chainercv_seg.engines.cpu.processors import PROCESSOR

#: Floats of a vector.
LANES = PROCESSOR.lanes


def round_up(number: int, multiple: int = LANES) -> int:
    """Return the smallest multiple that is not below a number: of channels, so that vectors are full."""
    return -(-number // multiple) * multiple


if COMPILED:
    from llvmlite import ir
    from numba import types
    from numba.core import cgutils
    from numba.extending import intrinsic, models, overload, register_model

    _INT = ir.IntType(32)
    VECTOR = ir.VectorType(ir.FloatType(), LANES)
    _HALVES = ir.VectorType(ir.IntType(16), LANES)
    _CODES = ir.VectorType(ir.IntType(8), LANES)
    _MASK = ir.VectorType(ir.IntType(1), LANES)
    _FLAGS = ('reassoc', 'contract', 'nsz', 'arcp')

    class _BFloat16(ir.Type):
        """LLVM's bfloat, which llvmlite has no name for."""

        def _to_string(self) -> str:
            return 'bfloat'

    BFLOAT16 = _BFloat16()

    class Lanes(types.Type):
        """numba's name for a vector."""

        def __init__(self) -> None:
            super().__init__(name='Lanes')

    _LANES = Lanes()

    @register_model(Lanes)
    class _LanesModel(models.PrimitiveModel):
        def __init__(self, manager: Any, kind: Any) -> None:
            super().__init__(manager, kind, VECTOR)

    def address_of(
        context: Any, builder: Any, array: Any, value: Any, index: Any, to: Any = VECTOR
    ) -> Any:
        """Emit the address of an array's element, as one of the type ``to``."""
        data = context.make_array(array)(context, builder, value).data
        return builder.bitcast(builder.gep(data, [index]), to.as_pointer())

    def fill(builder: Any, scalar: Any) -> Any:
        """Emit a vector of one number."""
        nothing = ir.Constant(ir.VectorType(scalar.type, LANES), ir.Undefined)
        first = builder.insert_element(nothing, scalar, _INT(0))
        zeros = ir.Constant(ir.VectorType(_INT, LANES), [0] * LANES)
        return builder.shuffle_vector(first, nothing, zeros)

    def first_lanes(builder: Any, count: Any) -> Any:
        """Emit the mask of the first ``count`` lanes."""
        numbers = ir.Constant(ir.VectorType(count.type, LANES), list(range(LANES)))
        return builder.icmp_signed('<', numbers, fill(builder, count))

    def _size(kind: Any) -> int:
        """Bytes of a lane."""
        return 4 if kind is VECTOR else kind.element.width // 8

    def _masked(builder: Any, verb: str, kind: Any, result: Any, arguments: list[Any]) -> Any:
        """Emit a load or store of some lanes, which LLVM calls by the kind of its vector."""
        name, width = 'f' if kind is VECTOR else 'i', 8 * _size(kind)
        *lanes, address, mask = arguments
        after = [ir.Constant(kind, [0] * LANES)] if verb == 'load' else []
        values = [*lanes, address, _INT(_size(kind)), mask, *after]
        signature = ir.FunctionType(result, [value.type for value in values])
        function = cgutils.get_or_insert_function(
            builder.module, signature, f'llvm.masked.{verb}.v{LANES}{name}{width}.p0'
        )
        return builder.call(function, values)

    def _all_or_some(builder: Any, count: Any, whole: Any, some: Any) -> Any:
        """Emit ``some``, and before it, where masks are slow, ``whole`` for a count of all lanes."""
        if PROCESSOR.masks:
            return some()
        full = builder.icmp_signed('>=', count, count.type(LANES))
        with builder.if_else(full, likely=True) as branches:
            values = []
            for branch, emit in zip(branches, (whole, some), strict=True):
                with branch:
                    values.append((emit(), builder.block))
        if isinstance(values[0][0].type, ir.VoidType):
            return None
        found = builder.phi(values[0][0].type)
        for value, block in values:
            found.add_incoming(value, block)
        return found

    def load_first(builder: Any, kind: Any, address: Any, count: Any) -> Any:
        """Emit a load of the first ``count`` lanes of a kind of vector; the others are 0."""

        def some() -> Any:
            return _masked(builder, 'load', kind, kind, [address, first_lanes(builder, count)])

        whole = partial(builder.load, address, align=_size(kind))
        return _all_or_some(builder, count, whole, some)

    def store_first(builder: Any, kind: Any, lanes: Any, address: Any, count: Any) -> None:
        """Emit a store of the first ``count`` lanes of a kind of vector."""

        def some() -> Any:
            mask = first_lanes(builder, count)
            return _masked(builder, 'store', kind, ir.VoidType(), [lanes, address, mask])

        _all_or_some(builder, count, partial(builder.store, lanes, address, _size(kind)), some)

    def kind_in(array: Any) -> Any:
        """Say as which kind of vector an array holds floats; of uint16 it holds the bits of bfloat16."""
        return _HALVES if array.dtype == types.uint16 else VECTOR

    def from_load(builder: Any, lanes: Any) -> Any:
        """Emit the floats that a vector of an array stands for."""
        if lanes.type is not _HALVES:
            return lanes
        words = ir.VectorType(_INT, LANES)
        bits = builder.shl(builder.zext(lanes, words), ir.Constant(words, [16] * LANES))
        return builder.bitcast(bits, VECTOR)

    def to_store(builder: Any, kind: Any, lanes: Any) -> Any:
        """Emit what an array holds of floats: as bfloat16 they are rounded to nearest, ties to even."""
        if kind is VECTOR:
            return lanes
        signature = ir.FunctionType(ir.VectorType(BFLOAT16, LANES), [VECTOR])
        name = 'llvm.x86.avx512bf16.cvtneps2bf16.512'
        function = cgutils.get_or_insert_function(builder.module, signature, name)
        return builder.bitcast(builder.call(function, [lanes]), _HALVES)

    def emit_prefetch(builder: Any, address: Any, *, write: bool) -> None:
        """Emit the wish that what lies at an address be in the cache when it is needed."""
        kind = ir.FunctionType(ir.VoidType(), [address.type, _INT, _INT, _INT])
        function = cgutils.get_or_insert_function(builder.module, kind, 'llvm.prefetch.p0')
        builder.call(function, [address, _INT(int(write)), _INT(3), _INT(1)])

    @intrinsic
    def prefetch(typing, array, index):  # type: ignore[no-untyped-def]
        """Let a float that will be read soon, or is past the end, come to the cache."""

        def emit(context, builder, signature, args):  # type: ignore[no-untyped-def]
            address = address_of(context, builder, array, *args, ir.FloatType())
            emit_prefetch(builder, address, write=False)
            return context.get_dummy_value()

        return types.void(array, types.intp), emit

    @intrinsic
    def load(typing, array, index):  # type: ignore[no-untyped-def]
        """Read LANES floats."""

        def emit(context, builder, signature, args):  # type: ignore[no-untyped-def]
            address = address_of(context, builder, array, *args)
            return builder.load(address, align=4)

        return _LANES(array, types.intp), emit

    @intrinsic
    def store(typing, array, index, lanes):  # type: ignore[no-untyped-def]
        """Write LANES floats; rounded to bfloat16 where the array holds such, as uint16."""

        def emit(context, builder, signature, args):  # type: ignore[no-untyped-def]
            kind = kind_in(array)
            address = address_of(context, builder, array, *args[:2], kind)
            builder.store(to_store(builder, kind, args[2]), address, align=_size(kind))
            return context.get_dummy_value()

        return types.void(array, types.intp, lanes), emit

    @intrinsic
    def load_some(typing, array, index, count):  # type: ignore[no-untyped-def]
        """Read the first ``count`` of LANES floats, perhaps from bfloat16; the others are 0."""

        def emit(context, builder, signature, args):  # type: ignore[no-untyped-def]
            kind = kind_in(array)
            address = address_of(context, builder, array, *args[:2], kind)
            return from_load(builder, load_first(builder, kind, address, args[2]))

        return _LANES(array, types.intp, types.intp), emit

    @intrinsic
    def store_some(typing, array, index, lanes, count):  # type: ignore[no-untyped-def]
        """Write the first ``count`` of LANES floats, rounded as by `store`."""

        def emit(context, builder, signature, args):  # type: ignore[no-untyped-def]
            kind = kind_in(array)
            address = address_of(context, builder, array, *args[:2], kind)
            store_first(builder, kind, to_store(builder, kind, args[2]), address, args[3])
            return context.get_dummy_value()

        return types.void(array, types.intp, lanes, types.intp), emit

    @intrinsic
    def load_where(typing, array, index, codes, at, code, count):  # type: ignore[no-untyped-def]
        """Read those of the first ``count`` floats whose int8 code is ``code``; others are 0.

        The codes lie at ``at``; where none is ``code``, no float is touched.
        """

        def emit(context, builder, signature, args):  # type: ignore[no-untyped-def]
            values, place, marks, beside, wanted, some = args
            mask = first_lanes(builder, some)
            address = address_of(context, builder, codes, marks, beside, _CODES)
            found = load_first(builder, _CODES, address, some)
            equal = builder.icmp_signed(
                '==', found, fill(builder, builder.trunc(wanted, ir.IntType(8)))
            )
            address = address_of(context, builder, array, values, place)
            mask = builder.and_(mask, equal)
            return _masked(builder, 'load', VECTOR, VECTOR, [address, mask])

        return _LANES(array, types.intp, codes, types.intp, types.intp, types.intp), emit

    @intrinsic
    def store_largest(typing, codes, index, a, b, c, d, slack, count):  # type: ignore[no-untyped-def]
        """Write which of four vectors, 0 to 3, holds the largest number.

        Later ones must be larger than the earlier ones by more than ``slack``.
        """

        def emit(context, builder, signature, args):  # type: ignore[no-untyped-def]
            best, code = args[2], ir.Constant(_CODES, [0] * LANES)
            for number, lanes in enumerate(args[3:6], start=1):
                larger = builder.fcmp_ordered('>', lanes, builder.fadd(best, args[6]))
                best = builder.select(larger, lanes, best)
                code = builder.select(larger, ir.Constant(_CODES, [number] * LANES), code)
            address = address_of(context, builder, codes, *args[:2], _CODES)
            store_first(builder, _CODES, code, address, args[7])
            return context.get_dummy_value()

        return types.void(codes, types.intp, a, b, c, d, slack, types.intp), emit

    @intrinsic
    def splat(typing, number):  # type: ignore[no-untyped-def]
        """Fill all lanes with one number."""

        def emit(context, builder, signature, args):  # type: ignore[no-untyped-def]
            return fill(builder, args[0])

        return _LANES(types.float32), emit

    @intrinsic
    def maximum(typing, a, b):  # type: ignore[no-untyped-def]
        """Return the larger of each pair; a NaN in ``a`` stays."""

        def emit(context, builder, signature, args):  # type: ignore[no-untyped-def]
            return builder.select(builder.fcmp_ordered('<', *args), args[1], args[0])

        return _LANES(_LANES, _LANES), emit

    @intrinsic
    def where_positive(typing, a, b):  # type: ignore[no-untyped-def]
        """Return ``b`` in the lanes where ``a`` is positive, else 0."""

        def emit(context, builder, signature, args):  # type: ignore[no-untyped-def]
            zero = ir.Constant(VECTOR, [0.0] * LANES)
            return builder.select(builder.fcmp_ordered('>', args[0], zero), args[1], zero)

        return _LANES(_LANES, _LANES), emit

    def _arithmetic(symbol: Any, instruction: str) -> None:
        @intrinsic
        def compute(typing, a, b):  # type: ignore[no-untyped-def]
            def emit(context, builder, signature, args):  # type: ignore[no-untyped-def]
                return getattr(builder, instruction)(*args, flags=_FLAGS)

            return _LANES(_LANES, _LANES), emit

        @overload(symbol)
        def implement(a, b):  # type: ignore[no-untyped-def]
            if isinstance(a, Lanes) and isinstance(b, Lanes):
                return lambda a, b: compute(a, b)
            return None

    for _symbol, _instruction in (
        (operator.add, 'fadd'),
        (operator.iadd, 'fadd'),
        (operator.sub, 'fsub'),
        (operator.mul, 'fmul'),
    ):
        _arithmetic(_symbol, _instruction)

else:
    load = load_some = load_where = store = store_some = store_largest = None
    prefetch = splat = maximum = where_positive = None
