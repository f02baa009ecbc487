"""Which array of another framework becomes which array of a network, and a check that all do."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

import numpy as np

from chainercv_seg.utils.errors import WeightsError
from chainercv_seg.weights.conversion.table import SAME, Entry
from chainercv_seg.weights.load import few, places, store_arrays


class Conversion:
    """Rules that make the arrays of a network of those of another framework.

    Each array of the network must have a rule (but for the count ``N`` of a batch normalization, which
    stays), and each array of the source must be used or left on purpose: what does not fit is
    refused.
    """

    def __init__(self) -> None:
        self._rules: dict[str, tuple[tuple[str, ...], Callable[..., np.ndarray] | None]] = {}
        self._left: list[tuple[re.Pattern[str], str]] = []

    @classmethod
    def of(
        cls, link: Any, table: Iterable[Entry], *, left: Iterable[tuple[str, str]] = ()
    ) -> 'Conversion':
        """Make the rules of a table of names.

        Args:
            link: The network that will be filled, of whose batch normalizations the epsilons are looked up.
            table: Which array of the network is which there.
            left: Patterns of arrays there that the network does not have, and why it needs none.
        """
        conversion = cls()
        links = dict(link.namedlinks())
        for entry in table:
            conversion.use_entry(entry, links[f'/{entry.ours.rpartition("/")[0]}'])
        for pattern, reason in left:
            conversion.leave(pattern, reason)
        return conversion

    def use_entry(self, entry: Entry, link: Any) -> None:
        """Make an array of the network as a table of names says.

        Args:
            entry: What it is there.
            link: The part of the network that has it. Where it is a batch normalization with another epsilon
                than the one there, the variances make up for it.
        """
        by = None if entry.change is SAME else entry.change.to_ours
        if entry.eps is not None:
            by = partial(_variances, shift=np.float32(entry.eps - link.eps))
        self.use(entry.ours, entry.theirs, by=by)

    def use(self, target: str, *sources: str, by: Callable[..., np.ndarray] | None = None) -> None:
        """Make an array of the network of one or more of the source.

        Args:
            target: Name as in a weight file, for example ``'conv1/W'``.
            sources: Names in the source.
            by: Function from those arrays to the network's; None takes the one as it is.
        """
        self._rules[target] = sources, by

    def leave(self, pattern: str, reason: str) -> None:
        """Leave arrays of the source that match a regular expression from their start."""
        self._left.append((re.compile(pattern), reason))

    def apply(self, link: Any, arrays: Mapping[str, np.ndarray], *, origin: object) -> list[str]:
        """Fill a network.

        Args:
            link: The network. Where something is wrong it stays as it was.
            arrays: What the source holds.
            origin: The file, for errors.

        Returns:
            A line for each array of the source: what became of it.

        Raises:
            WeightsError: Arrays are missing, left over, or of another shape.
        """
        used = {name for sources, _ in self._rules.values() for name in sources}
        missing = sorted(used - arrays.keys())
        left = {name: self._reason(name) for name in arrays if name not in used}
        left_over = sorted(name for name, reason in left.items() if reason is None)
        if missing or left_over:
            raise WeightsError(
                f'{origin} does not fit the network. '
                f'Missing in the file: {few(missing)}. Left over in it: {few(left_over)}'
            )
        targets = dict(places(link))
        made = {
            name: np.asarray(getattr(sub, attribute))
            for name, (sub, attribute) in targets.items()
            if attribute == 'N'
        }
        _check_numbers({name: arrays[name] for name in used}, targets, origin=origin)
        for name, (sources, by) in self._rules.items():
            made[name] = _made(name, {source: arrays[source] for source in sources}, by, origin)
        unknown, empty = sorted(made.keys() - targets.keys()), sorted(targets.keys() - made.keys())
        if unknown or empty:
            raise WeightsError(
                f'{origin} cannot be converted into {type(link).__name__}. No rule for: {few(empty)}. '
                f'Rules for what it does not have: {few(unknown)}'
            )
        store_arrays(link, made, origin=origin)
        becomes: dict[str, list[str]] = {}
        for name, (sources, _) in self._rules.items():
            for source in sources:
                becomes.setdefault(source, []).append(name)
        return [
            f'used {name} {array.shape} for {", ".join(becomes[name])}'
            if name in becomes
            else f'left {name} {array.shape}: {left[name]}'
            for name, array in arrays.items()
        ]

    def _reason(self, name: str) -> str | None:
        return next((reason for pattern, reason in self._left if pattern.match(name)), None)


def array_names(link: Any) -> list[str]:
    """List the arrays of a network of ours, in order, as tables of names take them."""
    return [name for name, _ in places(link)]


def number_of_classes(
    arrays: Mapping[str, np.ndarray], name: str, shape: tuple[int | None, ...], *, origin: object
) -> int:
    """Tell the number of classes from the kernel of the last layer, before a network is made for them.

    Args:
        arrays: What the source holds.
        name: Of the kernel.
        shape: What its shape must be, with None for the classes.
        origin: The file, for errors.

    Raises:
        WeightsError: There is none of that name, or it is of another shape.
    """
    if name not in arrays:
        raise WeightsError(
            f'{origin} has no {name}, and so does not hold this network. It has: {few(list(arrays))}'
        )
    found = arrays[name].shape
    at = shape.index(None)
    if (
        len(found) != len(shape)
        or found != (*shape[:at], found[at], *shape[at + 1 :])
        or not found[at]
    ):
        expected = ', '.join('classes' if n is None else str(n) for n in shape)
        raise WeightsError(f'{name} in {origin} has the shape {found}, expected ({expected})')
    return found[at]


def _made(
    name: str,
    sources: Mapping[str, np.ndarray],
    by: Callable[..., np.ndarray] | None,
    origin: object,
) -> np.ndarray:
    """Make an array of the network, of arrays that may be of any shape."""
    values = list(sources.values())
    if by is None:
        return values[0]
    shapes = ', '.join(f'{source} {array.shape}' for source, array in sources.items())
    try:
        with np.errstate(all='ignore'):
            made = by(*values)
    except (ValueError, LookupError) as error:
        raise WeightsError(
            f'{origin} does not fit the network. {name} cannot be made of {shapes}: {error}'
        ) from error
    if made.size > max(array.size for array in values):  # broadcast
        raise WeightsError(
            f'{origin} does not fit the network. {name} would be {made.shape}, made of {shapes}'
        )
    return made


def _check_numbers(
    arrays: Mapping[str, np.ndarray], targets: Mapping[str, tuple[Any, str]], *, origin: object
) -> None:
    """Check arrays before anything is computed with them: floating-point, finite, none far too large."""
    values = [getattr(*place) for place in targets.values()]
    largest = max((np.size(getattr(value, 'array', value)) for value in values), default=0)
    for name, array in arrays.items():
        if array.dtype.kind != 'f':
            raise WeightsError(f'{name} in {origin} holds {array.dtype}, no floating-point numbers')
        if array.size > 2 * largest:  # as many classes as ours and some more
            raise WeightsError(
                f'{name} in {origin} has the shape {array.shape}: no array here is as large'
            )
        if not np.isfinite(array).all():
            raise WeightsError(
                f'{name} in {origin} holds numbers that are NaN or too large for float32: the '
                'training has probably failed'
            )


def _variances(array: np.ndarray, *, shift: np.float32) -> np.ndarray:
    if (array < 0).any():
        raise ValueError('variances are not below zero')
    return array.ravel() + shift
