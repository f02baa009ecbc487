"""Loading a weight file into a network, without trusting the file."""

import logging
import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from chainercv_seg.utils.arguments import check_able
from chainercv_seg.utils.array_files import ArrayHeader
from chainercv_seg.utils.errors import WeightsError
from chainercv_seg.weights.finite import check_finite
from chainercv_seg.weights.recognize import recognize
from chainercv_seg.weights.stored_arguments import without_stored
from chainercv_seg.weights.weight_files import open_weights

logger = logging.getLogger(__name__)

_SHOWN = 5
#: A link and the name of its attribute.
Place = tuple[Any, str]


def load_weights(link: Any, path: str | os.PathLike[str]) -> None:
    """Load an npz file that Chainer, ChainerCV or this library saved.

    The file and the network must hold the same arrays of the same shapes. The network may also be
    a part of what was saved, such as the predictor of a
    :class:`~chainercv_seg.links.PixelwiseSoftmaxClassifier` or the model in a snapshot of a
    training: what lies outside of the part is ignored. Numbers are cast to the type of the
    parameter. Nothing is ever unpickled, and where something is wrong, the network stays as it was.

    Args:
        link: The network, a :class:`chainer.Link` on any device. Parameters that have no shape yet
            take that of the file.
        path: The file.

    Raises:
        WeightsError: The file is missing, broken or holds pickled objects, or arrays are missing,
            left over, of another shape or kind, or hold NaN or infinity.
    """
    path = Path(path)
    store_arrays(link, _read(path, dict(places(link))), origin=path)


def store_arrays(link: Any, arrays: Mapping[str, np.ndarray], *, origin: object) -> None:
    """Give a network its arrays: all or, where some do not fit, none.

    Args:
        link: The network.
        arrays: An array for each name of :func:`places`.
        origin: Where they come from, for errors.

    Raises:
        WeightsError: An array is of another shape or kind, or holds NaN or infinity.
    """
    targets = dict(places(link))
    _check_fits(targets, arrays, origin=origin)
    check_finite(
        {name: (array, _dtype(*targets[name])) for name, array in arrays.items()}, origin=origin
    )
    for name, place in targets.items():
        _store(*place, arrays[name])


def places(link: Any) -> Iterator[tuple[str, Place]]:
    """Yield the name of each array in a file and its place in the network: link and attribute."""
    check_able(link, 'namedlinks', name='link')
    for prefix, sub in link.namedlinks():
        for attribute in sorted(sub._params) + sorted(sub._persistent):
            yield f'{prefix.strip("/")}/{attribute}'.lstrip('/'), (sub, attribute)


def _value(link: Any, attribute: str) -> Any:
    """Return the array or number at a place, None where it has no shape yet."""
    value = getattr(link, attribute)
    return value.array if attribute in link._params else value


def _dtype(link: Any, attribute: str) -> Any:
    """Type of what an array is stored in, None where it keeps its own."""
    return getattr(_value(link, attribute), 'dtype', None)


def _check_fits(
    targets: Mapping[str, Place], arrays: Mapping[str, ArrayHeader | np.ndarray], *, origin: object
) -> None:
    """Refuse arrays, or what their headers claim, that do not fit into their places."""
    misfits = [
        f'{name} ({arrays[name].dtype} {arrays[name].shape}, expected '
        f'{getattr(_value(*place), "dtype", "a number")} {np.shape(_value(*place))})'
        for name, place in targets.items()
        if not _fits(arrays[name], _value(*place))
    ]
    if misfits:
        raise WeightsError(
            f'{origin} does not fit the network. Of another shape or type: {few(misfits)}'
        )


def _read(path: Path, targets: Mapping[str, Place]) -> dict[str, np.ndarray]:
    """Read the arrays of a network, no more and no less, if they fit."""
    with open_weights(path) as file:
        names = without_stored(file.names)
        prefix = _prefix(names, targets)
        _check_names(names, prefix, targets, path)
        headers = {name: file.header(prefix + name) for name in targets}
        _check_fits(targets, headers, origin=path)
        for name, place in targets.items():
            if _value(*place) is None:
                headers[name].check_size()
        return {name: file.read(prefix + name) for name in targets}


def _check_names(
    names: Collection[str], prefix: str, expected: Collection[str], path: Path
) -> None:
    """Check that a file holds the arrays of a network and no others."""
    found = {name.removeprefix(prefix) for name in names if name.startswith(prefix)}
    missing, left_over = sorted(set(expected) - found), sorted(found - set(expected))
    if missing or left_over:
        raise WeightsError(
            f'{path} does not fit the network{_whose(names)}. '
            f'Missing in the file: {few(missing)}. Left over in it: {few(left_over)}'
        )
    if prefix:
        logger.info('%s: loading the part under %s', path, prefix)


def _whose(names: Collection[str]) -> str:
    """Say to which network the arrays of a file belong, where that can be told."""
    model = recognize(names)
    return f': it looks like weights of {model}' if model else ''


def _prefix(names: Collection[str], expected: Collection[str]) -> str:
    """Find where in a file the network lies: '' for the top, 'predictor/' in a classifier, ..."""
    longest = max(expected, key=len, default='')
    if not longest or not set(expected).isdisjoint(names):
        return ''
    prefixes = [name.removesuffix(longest) for name in names if name.endswith(f'/{longest}')]
    return prefixes[0] if len(prefixes) == 1 else ''


def few(names: list[str]) -> str:
    """Show the first few of many names."""
    more = f', and {len(names) - _SHOWN} more' if len(names) > _SHOWN else ''
    return ', '.join(names[:_SHOWN]) + more if names else 'none'


def _fits(array: ArrayHeader | np.ndarray, value: Any) -> bool:
    """Whether an array of a file can become a value: of the same shape, and a number like it."""
    if value is None:
        return array.dtype.kind in 'fiu'
    if array.shape != np.shape(value):
        return False
    if isinstance(value, int):
        return array.dtype.kind in 'iu'
    kind = getattr(value, 'dtype', np.float64)
    return array.dtype.kind in 'fiu' and np.can_cast(array.dtype, kind, 'same_kind')


def _store(link: Any, attribute: str, array: np.ndarray) -> None:
    """Put an array of a file into its place."""
    value = _value(link, attribute)
    if isinstance(value, int | float):
        setattr(link, attribute, type(value)(array))
    elif attribute not in link._params:
        if value is None:
            setattr(link, attribute, link.device.send(array))
        else:
            value[...] = link.device.send(array.astype(value.dtype, copy=False))
    else:
        _store_parameter(getattr(link, attribute), array)


def _store_parameter(parameter: Any, array: np.ndarray) -> None:
    """Give a parameter its array, without a copy where the array can be used as it is."""
    if not parameter.is_initialized:
        parameter.cleargrad()  # else Chainer makes one of NaN
        parameter.initialize(array.shape)
    if type(parameter.array) is np.ndarray:
        parameter.array = np.asarray(array, dtype=parameter.dtype, order='C')
    else:
        parameter.array[...] = parameter.device.send(array.astype(parameter.dtype, copy=False))
