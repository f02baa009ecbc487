"""The arguments that tell PSPNets apart: ChainerCV's values, checks, and what a weight file stores."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from chainercv_seg.inference.tiles import TILINGS
from chainercv_seg.links.resnet import VARIANT, checked_variant
from chainercv_seg.utils.arguments import flag, positive_int, size_pair
from chainercv_seg.weights.stored_arguments import StoredArguments

#: ChainerCV's. The number of classes has none.
DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {
        'input_size': (713, 713),
        'mean': (123.68, 116.779, 103.939),
        'std': (1.0, 1.0, 1.0),
        'pooling': 'fixed',
        'align_corners': True,
        **VARIANT,
        'tiling': 'centered',
        'sum_flips': False,
    }
)
_POOLINGS = ('fixed', 'adaptive')
#: Those that only say how an image is looked at; with adaptive pooling the size of the tiles is one of them.
_VIEWS = frozenset({'tiling', 'sum_flips'})


def checked_pspnet(given: Mapping[str, Any]) -> dict[str, Any]:
    """Check arguments of PSPNet, of which None are not given, and bring each to one form.

    Raises:
        ValueError: One is out of range. The message names it.
    """
    checks: dict[str, Any] = {
        'n_class': positive_int,
        'input_size': size_pair,
        'mean': _color,
        'std': _deviation,
        'align_corners': flag,
        'sum_flips': flag,
        'pooling': lambda value, name: _one_of(_POOLINGS, value, name),
        'tiling': lambda value, name: _one_of(TILINGS, value, name),
    }
    checked = {
        name: None if given[name] is None else check(given[name], name=name)
        for name, check in checks.items()
    }
    return checked | checked_variant(**{name: given[name] for name in VARIANT})


def color(values: Sequence[float]) -> np.ndarray:
    """Make three numbers, of red, green and blue, an array ``(3, 1, 1)`` float32."""
    return np.array(values, np.float32)[:, None, None]


def stored_pspnet(link: Any, model: str) -> StoredArguments | None:
    """Tell the arguments of a PSPNet that a weight file stores.

    Args:
        link: The network.
        model: What it is called in the records of published weights.

    Returns:
        All of them, or None where they are ChainerCV's but for classes and size, which ChainerCV does not
        store.
    """
    arguments = {
        'n_class': link.n_class,
        'input_size': link.input_size,
        'mean': _numbers(link.mean, 0.0),
        'std': _numbers(link.std, 1.0),
        'pooling': link.pooling,
        'align_corners': link.align_corners,
        **link.extractor.variant,
        'tiling': link.tiling,
        'sum_flips': link.sum_flips,
    }
    if all(arguments[name] == DEFAULTS[name] for name in DEFAULTS if name != 'input_size'):
        return None
    return StoredArguments(
        model, arguments, _VIEWS | ({'input_size'} if link.pooling == 'adaptive' else set())
    )


def _numbers(array: np.ndarray | None, absent: float) -> tuple[float, ...]:
    """Write colours as they were given, as far as float32 tells; three times ``absent`` for None."""
    if array is None:
        return (absent,) * 3
    return tuple(float(str(value)) for value in np.asarray(array, np.float32).ravel())


def _color(value: Sequence[float], *, name: str) -> tuple[float, ...]:
    """Read three numbers, as an array or a sequence."""
    try:
        numbers = tuple(float(number) for number in np.asarray(value, np.float64).ravel())
    except (TypeError, ValueError):
        numbers = ()
    if len(numbers) != 3 or not np.isfinite(numbers).all():
        raise ValueError(f'{name} must be three numbers, of red, green and blue, but got {value!r}')
    return numbers


def _deviation(value: Sequence[float], *, name: str) -> tuple[float, ...]:
    numbers = _color(value, name=name)
    if min(numbers) <= 0:
        raise ValueError(f'{name} must be three numbers above 0, but got {value!r}')
    return numbers


def _one_of(choices: Sequence[str], value: str, name: str) -> str:
    if value not in choices:
        raise ValueError(f'{name} must be one of {", ".join(choices)}, but got {value!r}')
    return value
