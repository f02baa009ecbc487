"""Random numbers that are the same on every platform and in every release of NumPy."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

import numpy as np

T = TypeVar('T')
Color = tuple[int, int, int]


class Dice:
    """Integers from a ``RandomState``, whose stream NumPy has promised never to change.

    Args:
        seed: Non-negative integers below 2^32.
    """

    def __init__(self, *seed: int) -> None:
        self._state = np.random.RandomState(list(seed))
        self._numbers = self._endless()

    def _endless(self) -> Iterator[int]:
        while True:
            # A type is given: the default one differs between platforms.
            yield from self._state.randint(0, 2**32, 512, dtype=np.uint32).tolist()

    def between(self, lowest: int, highest: int) -> int:
        """Draw an integer, both limits included."""
        return lowest + next(self._numbers) % (highest - lowest + 1)

    def chance(self, percent: int) -> bool:
        """Whether something of this probability happens."""
        return self.between(0, 99) < percent

    def choose(self, items: Sequence[T]) -> T:
        """Draw one of several items."""
        return items[self.between(0, len(items) - 1)]

    def tint(self, color: Color, spread: int) -> Color:
        """Change a colour a little: its brightness, and less so its hue."""
        shift = self.between(-spread, spread)
        red, green, blue = (
            min(255, max(0, value + shift + self.between(-spread // 3, spread // 3)))
            for value in color
        )
        return red, green, blue

    def any_color(self) -> Color:
        """Draw a colour, greys more often than the rest."""
        grey, spread = self.between(20, 225), self.choose((6, 15, 45, 90))
        red, green, blue = (
            min(255, max(0, grey + self.between(-spread, spread))) for _ in range(3)
        )
        return red, green, blue

    def grain(self, shape: tuple[int, ...]) -> np.ndarray:
        """Draw int16 numbers from -15 to 15, small ones more often."""
        pairs = self._state.randint(0, 256, shape, dtype=np.uint8)
        return (pairs & 15).astype(np.int16) - (pairs >> 4)
