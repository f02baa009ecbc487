"""Which array of ours is which array elsewhere: one table, read in both directions."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np


class Change(NamedTuple):
    """How an array elsewhere is laid out as ours, and the other way round."""

    to_ours: Callable[[np.ndarray], np.ndarray]
    to_theirs: Callable[[np.ndarray], np.ndarray]


def _same(array: np.ndarray) -> np.ndarray:
    return array


#: Laid out as ours.
SAME = Change(_same, _same)
#: A vector that elsewhere may have more axes, of one element each.
VECTOR = Change(np.ravel, np.ravel)
#: A kernel over images in the order blue, green, red.
BGR = Change(lambda W: W[:, ::-1], lambda W: W[:, ::-1])
#: Kernels of TensorFlow, ``(kh, kw, C, O)``, and of its depthwise convolutions, ``(kh, kw, C, 1)``.
HWIO = Change(lambda W: W.transpose(3, 2, 0, 1), lambda W: W.transpose(2, 3, 1, 0))
HWI1 = Change(lambda W: W.transpose(2, 3, 0, 1), lambda W: W.transpose(2, 3, 0, 1))


class Entry(NamedTuple):
    """An array of ours and what it is elsewhere.

    Attributes:
        ours: Its name in our weight files, for example ``'head_conv1/conv/W'``.
        theirs: Its name there, for example ``'cls.0.weight'``.
        change: How it is laid out there.
        eps: Where it holds variances, the epsilon that is added to them there; else None.
    """

    ours: str
    theirs: str
    change: Change = SAME
    eps: float | None = None


def to_theirs(entry: Entry, array: np.ndarray, eps: float | None = None) -> np.ndarray:
    """Make the array elsewhere of ours.

    Args:
        entry: What it is.
        array: Ours.
        eps: Where it holds variances, the epsilon of our batch normalization. The difference to theirs is
            added, so that both normalize alike.

    Returns:
        An array of the same type, contiguous.
    """
    made = np.ascontiguousarray(entry.change.to_theirs(array))
    if entry.eps is None or eps is None:
        return made
    return made + made.dtype.type(eps - entry.eps)


def units(names: Iterable[str]) -> list[str]:
    """Find the convolutions with a batch normalization behind them (``Conv2DBNActiv``) in a network.

    Args:
        names: Of its arrays.

    Returns:
        Their names, for example ``'extractor/res2/a/conv1'``, in order.
    """
    return [name.removesuffix('/conv/W') for name in names if name.endswith('/conv/W')]


def separable_units(names: Iterable[str]) -> list[str]:
    """Find the separable convolutions (``SeparableConv2DBNActiv``), likewise."""
    end = '/depthwise/W'
    return [name.removesuffix(end) for name in names if name.endswith(end)]


def normalization(ours: str, theirs: Iterable[str], eps: float) -> list[Entry]:
    """Write down a batch normalization.

    Args:
        ours: Its name, for example ``'head_conv1/bn'``.
        theirs: Names of scale, shift, mean and variance there.
        eps: The epsilon there.
    """
    kinds = ('gamma', 'beta', 'avg_mean', 'avg_var')
    return [
        Entry(f'{ours}/{kind}', name, VECTOR, eps if kind == 'avg_var' else None)
        for kind, name in zip(kinds, theirs, strict=True)
    ]
