"""The CPU's engine: a program becomes a list of steps over kernels, each prepared once."""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from chainercv_seg.engines.cpu.blas_threads import one_blas_thread
from chainercv_seg.engines.cpu.compiled import COMPILED
from chainercv_seg.engines.cpu.layout import channels_first, channels_last
from chainercv_seg.engines.cpu.processors import require_bfloat16
from chainercv_seg.engines.cpu.scratch import give_back
from chainercv_seg.engines.cpu.steps import (
    INPUT,
    Maps,
    Step,
    absorbed,
    codes_of,
    inputs,
    prepare_step,
)
from chainercv_seg.engines.program import Program

FloatArray = npt.NDArray[np.float32]


class CPUEngine:
    """Computes programs by numba and NumPy, maps channels last in float32.

    In bfloat16, which some processors have, are the weights, what products read of maps, and maps that are
    read by products and depthwise convolutions alone; sums are float32, and so is Winograd's arithmetic,
    which would lose too much.
    """

    name = 'cpu'
    tolerance: Mapping[str, float] = MappingProxyType({'float32': 1e-5, 'bfloat16': 2e-2})

    def compile(self, program: Program, *, precision: str = 'float32') -> 'CPURunner':
        """Choose a method for each operation and transform its kernel.

        Args:
            program: The network.
            precision: ``'float32'`` or ``'bfloat16'``.

        Raises:
            ValueError: It is another one.
            DeviceError: The processor does not compute in bfloat16, or numba is missing.
        """
        if precision not in self.tolerance:
            raise ValueError(
                f'the CPU computes in {", ".join(self.tolerance)}, not in {precision!r}'
            )
        self.check_processor(precision)
        nodes = {i: node for i, node in enumerate(program.nodes) if not absorbed(program, i)}
        last = {read: number for number, node in nodes.items() for read in inputs(program, node)}
        steps = []
        for number in nodes:
            done = [read for read, reader in last.items() if reader == number]
            steps.append(
                (number, prepare_step(program, number, bfloat16=precision == 'bfloat16'), done)
            )
        return CPURunner(steps)

    def check_processor(self, precision: str) -> None:
        """Check that kernels of a precision run on this processor.

        Raises:
            DeviceError: It does not compute in bfloat16, or numba is missing.
        """
        if precision == 'bfloat16':
            require_bfloat16()


class CPURunner:
    """A compiled program: see `Runner`. It can be pickled and copied.

    Args:
        steps: Of each step, the number of its map, the step, and what none needs after it.
    """

    def __init__(self, steps: list[tuple[int, Step, list[int | str]]]) -> None:
        self.steps = steps

    @property
    def nbytes(self) -> int:
        """Bytes of prepared weights."""
        return _nbytes([step for _, step, _ in self.steps])

    def __call__(self, x: FloatArray) -> FloatArray:
        """Compute the scores ``(N, n_class, H', W')`` of ``(N, 3, H, W)`` float32."""
        if len(x) > 1 and not COMPILED:
            # A BLAS rounds by how many rows it is given: so that no batch changes a bit, one by one.
            return np.concatenate([self(one[None]) for one in x])
        maps: Maps = {INPUT: channels_last(x)}
        with one_blas_thread():
            for number, step, done in self.steps:
                maps[number], codes = step(maps)
                if codes is not None:
                    maps[codes_of(number)] = codes
                for read in done:
                    del maps[read]
        return channels_first(maps[number])

    def check(self) -> None:
        """Do nothing: scores that overflow float32 are no finite numbers, and show it."""

    def close(self) -> None:
        """Give back the memory that threads keep between calls."""
        give_back()


def _nbytes(part: Any) -> int:
    """Count the bytes of the arrays that a step is made of."""
    if isinstance(part, np.ndarray):
        return part.nbytes
    parts = part.args if isinstance(part, partial) else part
    parts = parts.values() if isinstance(parts, dict) else parts
    if not isinstance(parts, tuple | list | type({}.values())):
        parts = getattr(part, '__dict__', {}).values()
    return sum(map(_nbytes, parts))
