"""Kinds of processors: what kernels have to know of their registers, in one table."""

import platform
from typing import NamedTuple

from chainercv_seg.engines.cpu.compiled import COMPILED
from chainercv_seg.utils.errors import DeviceError
from chainercv_seg.utils.extras import install_command


class Processor(NamedTuple):
    """A kind of processor.

    Attributes:
        feature: What LLVM calls the instructions by which it is known.
        lanes: Floats of a register, and of the vectors in kernels.
        registers: How many there are.
        vectors: Those of a row in the tile of a product. With `ROWS` rows their sums leave registers for as
            many vectors of the right side, and one of the left.
        masks: Whether some lanes of a register are read and written as fast as all are.
        unrolled: Steps of a product that its inner loop takes at a time, a power of 2.
    """

    feature: str
    lanes: int
    registers: int
    vectors: int
    masks: bool = False
    unrolled: int = 1


#: Rows of the tile of a product.
ROWS = 6
#: The kinds, of which the first that fits is taken.
PROCESSORS = (
    Processor('avx512f', lanes=16, registers=32, vectors=2, masks=True),
    Processor('avx2', lanes=8, registers=16, vectors=2, unrolled=2),
    Processor('neon', lanes=4, registers=32, vectors=4),
    Processor('', lanes=4, registers=16, vectors=2),  # SSE2, and what is not known
)


def _features() -> frozenset[str]:
    """What LLVM calls the instruction sets that kernels are compiled for; none without numba."""
    if not COMPILED:
        return frozenset()
    from llvmlite import binding
    from numba import config

    features = config.CPU_FEATURES
    if features is None:
        features = binding.get_host_cpu_features().flatten()
    found = {name[1:] for name in features.split(',') if name.startswith('+')}
    if platform.machine().lower() in ('aarch64', 'arm64'):
        found.add('neon')  # all of them have it, whether it is listed or not
    return frozenset(found)


def find_processor(features: frozenset[str]) -> Processor:
    """Find the kind of a processor by its features, in LLVM's words."""
    return next(kind for kind in PROCESSORS if kind.feature in features or not kind.feature)


#: LLVM's names of the instruction sets that kernels are compiled for.
FEATURES: frozenset[str] = _features()
#: The kind of processor that kernels are compiled for.
PROCESSOR: Processor = find_processor(FEATURES)


def require_bfloat16() -> None:
    """Check that kernels of bfloat16 run here.

    Raises:
        DeviceError: They do not.
    """
    if not COMPILED:
        raise DeviceError(
            'bfloat16 on the CPU needs numba, which is not installed: '
            f'{install_command("fast")}, or use float32'
        )
    if 'avx512bf16' not in FEATURES:
        raise DeviceError(
            'this processor does not compute in bfloat16 (it lacks AVX512_BF16): use float32'
        )
