"""Checks of arguments that several places take."""

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np


def positive_int(value: int, *, name: str) -> int:
    """Check a count.

    Args:
        value: The argument, anything that can be an index.
        name: Its name, for the error.

    Returns:
        It as an int.

    Raises:
        ValueError: It is not a positive integer.
    """
    try:
        number = operator.index(value)
    except TypeError:
        number = 0
    if number < 1 or isinstance(value, bool):
        raise ValueError(f'{name} must be a positive integer, but got {value!r}')
    return number


def size_pair(size: int | Sequence[int], *, name: str) -> tuple[int, int]:
    """Read a size that is given as one number or as two.

    Args:
        size: ``(height, width)``, or one number for both.
        name: Name of the argument, for the error.

    Returns:
        ``(height, width)``.

    Raises:
        ValueError: It is neither, or not positive.
    """
    pair: list[Any] = list(size) if isinstance(size, Sequence | np.ndarray) else [size, size]
    if len(pair) != 2:
        raise ValueError(f'{name} must be (height, width) or one number, but got {size!r}')
    return positive_int(pair[0], name=name), positive_int(pair[1], name=name)
