"""The arguments of a network inside its weight file: an array of text that Chainer passes over."""

import json
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from chainercv_seg.utils.errors import WeightsError
from chainercv_seg.weights.stored_key import KEY, is_stored
from chainercv_seg.weights.weight_files import Reader, open_weights

#: Bytes that the text may have, a hundred times what it needs; and the largest number in it, and its depth.
_MOST_BYTES = 1 << 16
_MOST = 1 << 16
_DEPTH = 5


@dataclass(frozen=True)
class StoredArguments:
    """What a weight file says of the network that it is for.

    Attributes:
        model: The network, as in the records of published weights.
        arguments: Constructor arguments for which the weights are good.
        overridable: Those of them that may be given other values: they only say how an image is looked at.
        path: The file.
    """

    model: str
    arguments: Mapping[str, Any]
    overridable: frozenset[str] = field(default_factory=frozenset)
    path: Path | None = None

    @property
    def described(self) -> str:
        """What to call the weights in an error."""
        return f'the weights in {self.path}'

    @property
    def remedy(self) -> str:
        """What else than leaving a contradicting argument out there is to do: nothing."""
        return ''

    def encode(self) -> np.ndarray:
        """Write it as an array of text, ASCII, without dimensions."""
        content = {
            'model': self.model,
            'arguments': dict(self.arguments),
            'overridable': sorted(self.overridable),
        }
        return np.array(json.dumps(content, allow_nan=False).encode('ascii'))


def read_stored_arguments(path: Path, model: str) -> StoredArguments | None:
    """Read what a weight file says of a network. Arrays of numbers are not read.

    Args:
        path: The file, of the network or of something that holds it, such as a snapshot.
        model: The network, as in the records of published weights.

    Returns:
        The arguments; None where the file says nothing of such a network.

    Raises:
        WeightsError: The file cannot be read, or what it says cannot be understood.
    """
    with open_weights(path) as file:
        names = [name for name in file.names if is_stored(name)]
        stored = [_decode(_read(file, name), path) for name in sorted(names, key=len)]
    return next((one for one in stored if one.model == model), None)


def without_stored(names: Collection[str]) -> list[str]:
    """Leave out of the names in a weight file those of the arguments."""
    return [name for name in names if not is_stored(name)]


def _read(file: Reader, name: str) -> str:
    header = file.header(name)
    if header.shape != () or header.dtype.kind not in 'SU' or header.dtype.itemsize > _MOST_BYTES:
        raise ValueError(f'its array {name} is no text of arguments')
    text = file.read(name).item()
    return text.decode('ascii') if isinstance(text, bytes) else text


def _decode(text: str, path: Path) -> StoredArguments:
    try:
        content = json.loads(text, parse_constant=_refuse)
        model, arguments, overridable = (
            content[key] for key in ('model', 'arguments', 'overridable')
        )
        if not (
            isinstance(model, str) and isinstance(arguments, dict) and isinstance(overridable, list)
        ):
            raise TypeError
        return StoredArguments(model, _checked(arguments), frozenset(_checked(overridable)), path)
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise WeightsError(
            f'{path}: the arguments of the network that are stored in it ({KEY}) cannot be understood. '
            'It may be damaged, or of a newer chainercv_seg'
        ) from error


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _checked(value: Any, depth: int = _DEPTH) -> Any:
    """Check that a value can be an argument: nothing deep, and no number from which memory would run out."""
    if not depth:
        raise ValueError('too deep')
    if isinstance(value, dict):
        return {key: _checked(inner, depth - 1) for key, inner in value.items()}
    if isinstance(value, list):
        return tuple(_checked(inner, depth - 1) for inner in value)
    if isinstance(value, int | float) and not (math.isfinite(value) and abs(value) <= _MOST):
        raise ValueError(f'{value} is too large')
    return value
