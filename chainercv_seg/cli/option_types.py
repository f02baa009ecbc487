"""The types of options that are numbers: what lies outside their bounds is wrong usage."""

import argparse
from collections.abc import Callable
from typing import TypeVar

_Number = TypeVar('_Number', int, float)


def integer(low: int, high: int) -> Callable[[str], int]:
    """Make the type of an option that is a whole number.

    Args:
        low: The least.
        high: The greatest.

    Returns:
        What argparse calls with the text. For what is no such number it raises an ArgumentTypeError, which
        argparse turns into a sentence.
    """
    return lambda text: _parse(text, int, low, high, f'a whole number from {low} to {high}')


def number(low: float, high: float) -> Callable[[str], float]:
    """Make the type of an option that is a number.

    Args:
        low: The least.
        high: The greatest.

    Returns:
        As of :func:`integer`.
    """
    return lambda text: _parse(text, float, low, high, f'a number from {low:g} to {high:g}')


def _parse(
    text: str, kind: Callable[[str], _Number], low: _Number, high: _Number, wanted: str
) -> _Number:
    try:
        value = kind(text)
    except ValueError:  # no number, or one of thousands of digits
        value = None
    if value is None or not low <= value <= high:  # NaN is nowhere
        shown = text if len(text) <= 40 else f'{text[:40]}...'
        raise argparse.ArgumentTypeError(f'must be {wanted}, but is {shown!r}')
    return value


#: A count of anything: more than any machine holds, and what libraries in C can still take.
positive_int = integer(1, 2**31 - 1)
