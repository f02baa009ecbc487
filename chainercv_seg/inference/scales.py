"""Scales at which an image is looked at."""

import math
from collections.abc import Iterable, Sequence
from numbers import Real


def checked_scales(scales: Sequence[float] | None) -> tuple[float, ...]:
    """Return scales as a tuple, ``(1.0,)`` for None.

    Raises:
        ValueError: They are not positive numbers, at least one.
    """
    if scales is None:
        return (1.0,)
    numbers = tuple(scales) if isinstance(scales, Iterable) else ()
    if not (numbers and all(isinstance(s, Real) and 0 < s < math.inf for s in numbers)):
        raise ValueError(
            f'scales should be a tuple of positive numbers, for example (0.75, 1.0); '
            f'found {scales!r}'
        )
    return tuple(float(s) for s in numbers)


def scaled_size(size: tuple[int, int], scale: float) -> tuple[int, int]:
    """Scale ``(height, width)``, rounded down, at least one pixel."""
    return max(1, int(size[0] * scale)), max(1, int(size[1] * scale))


def view_settings(scales: Sequence[float] | None, flip: bool) -> dict[str, str]:
    """Say in words at which scales and flips images are looked at, for a protocol."""
    return {
        'scales': ' '.join(f'{scale:g}' for scale in checked_scales(scales)),
        'flip': 'averaged' if flip else 'none',
    }
