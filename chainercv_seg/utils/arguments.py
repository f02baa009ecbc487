"""Checks of arguments that several places take."""

import operator
from collections.abc import Collection, Mapping, Sequence
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
    return _int_from(1, value, f'{name} must be a positive integer')


def natural_int(value: int, *, name: str) -> int:
    """Check a count that may be 0; else as :func:`positive_int`."""
    return _int_from(0, value, f'{name} must be an integer, 0 or more')


def _int_from(lowest: int, value: int, expected: str) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        number = lowest - 1
    if number < lowest or isinstance(value, bool):
        raise ValueError(f'{expected}, but got {value!r}')
    return number


def size_pair(
    size: int | Sequence[int], *, name: str, may_be_zero: bool = False
) -> tuple[int, int]:
    """Read a size that is given as one number or as two.

    Args:
        size: ``(height, width)``, or one number for both.
        name: Name of the argument, for the error.
        may_be_zero: Whether 0 is a size, too.

    Returns:
        ``(height, width)``.

    Raises:
        ValueError: It is neither, or not positive.
    """
    pair: list[Any] = list(size) if isinstance(size, Sequence | np.ndarray) else [size, size]
    if len(pair) != 2:
        raise ValueError(f'{name} must be (height, width) or one number, but got {size!r}')
    check = natural_int if may_be_zero else positive_int
    return check(pair[0], name=name), check(pair[1], name=name)


def positive_ints(values: Sequence[int], *, name: str, count: int | None = None) -> tuple[int, ...]:
    """Check a list of counts.

    Args:
        values: The argument.
        name: Its name, for the error.
        count: How many there must be; None for at least one.

    Returns:
        The numbers as ints.

    Raises:
        ValueError: They are as many as they must not be, or one is not a positive integer.
    """
    listed = tuple(values) if isinstance(values, Sequence | np.ndarray) else ()
    if not listed or len(listed) != (count or len(listed)):
        raise ValueError(f'{name} must hold {count or "some"} integers, but got {values!r}')
    return tuple(positive_int(value, name=f'each of {name}') for value in listed)


def flag(value: bool, *, name: str) -> bool:
    """Check a choice of yes or no. A word such as ``'no'`` would be taken for yes.

    Raises:
        ValueError: It is neither True nor False.
    """
    if not isinstance(value, bool | np.bool_ | int) or value not in (0, 1):
        raise ValueError(f'{name} must be True or False, but got {value!r}')
    return bool(value)


def check_array(value: Any, axes: str, *, name: str) -> None:
    """Check that an argument is an array, of NumPy or CuPy, of as many axes as it should have.

    Args:
        value: The argument.
        axes: Its axes, as in ``'(C, H, W)'``.
        name: What to call it in the error.

    Raises:
        ValueError: It is something else.
    """
    if hasattr(value, 'ndim') and hasattr(value, 'dtype') and not isinstance(value, type):
        if value.ndim == axes.count(',') + 1:
            return
        found = f'shape {value.shape}'
    else:
        found = f'a {type(value).__name__}'
    raise ValueError(f'{name} must be an array {axes}; found {found}')


def check_able(value: Any, method: str, *, name: str) -> None:
    """Check that an argument can do what is going to be asked of it.

    Raises:
        ValueError: It has no such method.
    """
    if isinstance(value, type) or not callable(getattr(value, method, None)):
        found = value.__name__ if isinstance(value, type) else f'a {type(value).__name__}'
        raise ValueError(f'{name} must have {method}(), but got {found}')


def keyword_arguments(value: Mapping[str, Any] | None, *, name: str) -> dict[str, Any]:
    """Copy a dict of keyword arguments; None is an empty one.

    Raises:
        ValueError: It is no dict.
    """
    if not isinstance(value, Mapping | None):
        raise ValueError(f'{name} must be a dict of keyword arguments, but got {value!r}')
    return dict(value or {})


def complete_arguments(
    arguments: Mapping[str, Any],
    published: Mapping[str, Any],
    defaults: Mapping[str, Any],
    *,
    fixed: Collection[str],
    weights: str,
    remedy: str = ', or give the path of a weight file',
) -> dict[str, Any]:
    """Complete arguments of a network from those of published weights and from defaults.

    Args:
        arguments: What the caller gave. None is "not given".
        published: What the weights are good for.
        defaults: Values where neither says anything.
        fixed: Names of arguments that must be as published.
        weights: What to call the weights in an error.
        remedy: What the error says can be done besides leaving the argument out.

    Returns:
        All arguments, none of them None.

    Raises:
        ValueError: A fixed argument contradicts the weights, or an argument is missing.
    """
    completed = {}
    for key, given in arguments.items():
        if given is not None and key in fixed and key in published and given != published[key]:
            raise ValueError(
                f'{key} is {published[key]!r} for {weights}, but {given!r} was given: leave {key} out'
                f'{remedy}'
            )
        completed[key] = published.get(key, defaults.get(key)) if given is None else given
        if completed[key] is None:
            raise ValueError(
                f'{key} must be given, for it is not known from published weights '
                '(pretrained_model)'
            )
    return completed
