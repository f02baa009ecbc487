"""Where maps lie in one piece of memory that they share. Pure planning."""

from collections.abc import Sequence
from dataclasses import dataclass

#: What CUDA's own allocations are multiples of, in bytes.
ALIGNMENT = 512
#: As long as the memory is there.
FOREVER = 1 << 60


@dataclass(eq=False)
class Buffer:
    """Memory that is needed from one command to another.

    Attributes:
        nbytes: How much.
        first: The number of the first command that uses it.
        last: The number of the last one.
        offset: Where it begins; set by `place`.
    """

    nbytes: int
    first: int = FOREVER
    last: int = -1
    offset: int = -1

    def use(self, command: int) -> None:
        """Keep it at least until a command, and from it on."""
        self.first, self.last = min(self.first, command), max(self.last, command)


def place(buffers: Sequence[Buffer]) -> int:
    """Decide where buffers lie: the largest first, each as low as those used at the same time allow.

    Returns:
        The bytes of all together.
    """
    placed: list[Buffer] = []
    for buffer in sorted(buffers, key=lambda b: -b.nbytes):
        start = 0
        neighbours = [b for b in placed if b.first <= buffer.last and buffer.first <= b.last]
        for other in sorted(neighbours, key=lambda b: b.offset):
            if start + buffer.nbytes <= other.offset:
                break
            start = max(start, aligned(other.offset + other.nbytes))
        buffer.offset = start
        placed.append(buffer)
    return max((aligned(b.offset + b.nbytes) for b in placed), default=0)


def aligned(nbytes: int) -> int:
    """Round up to `ALIGNMENT`."""
    return -(-nbytes // ALIGNMENT) * ALIGNMENT
