"""What an engine is: it compiles programs for one kind of device."""

from collections.abc import Mapping
from typing import Any, Protocol

from chainercv_seg.engines.program import Program

#: In what products are computed unless something else is asked for.
DEFAULT_PRECISION = 'float32'
#: All that some engine knows, by what users call it. ``'tf32'``: float32 numbers, of which products see 11
#: significant bits; ``'float16'``: numbers of half precision, added up in float32; ``'bfloat16'``: numbers of
#: 8 significant bits, added up in float32.
PRECISIONS = (DEFAULT_PRECISION, 'tf32', 'float16', 'bfloat16')


class Runner(Protocol):
    """A compiled program. It holds no part of the network that it was made from."""

    @property
    def nbytes(self) -> int:
        """Bytes of prepared weights."""

    def __call__(self, x: Any, /) -> Any:
        """Compute scores ``(N, n_class, H', W')`` of network inputs ``(N, 3, H, W)`` float32.

        Both are arrays on the engine's device, ``H'`` and ``W'`` those of `sizes`. The scores of an
        input are the same whatever else is in the batch.
        """

    def check(self) -> None:
        """Check that all numbers computed since the last check fit into the precision.

        Raises:
            PrecisionError: They do not: scores and labels since then mean nothing.
        """

    def close(self) -> None:
        """Give back the memory that is kept between calls. A later call takes it again."""


class Engine(Protocol):
    """Compiles programs.

    Attributes:
        name: What users call it.
        tolerance: The precisions that it knows, and of each how far scores may be from exact ones, as a
            share of the largest.
    """

    name: str
    tolerance: Mapping[str, float]

    def compile(self, program: Program, *, precision: str = 'float32') -> Runner:
        """Prepare a program.

        Args:
            program: The network.
            precision: A key of `tolerance`.

        Raises:
            ValueError: The engine does not know the precision.
            DeviceError: As `check_processor`.
        """

    def check_processor(self, precision: str) -> None:
        """Check that a precision that the engine knows can be computed in here.

        Raises:
            DeviceError: The processor cannot, or what that takes is not installed.
        """
