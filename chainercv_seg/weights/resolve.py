"""From the argument ``pretrained_model`` to a file and to constructor arguments."""

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from chainercv_seg.utils.arguments import complete_arguments, positive_int
from chainercv_seg.utils.errors import WeightsError
from chainercv_seg.utils.printable import printable
from chainercv_seg.utils.regular_file import check_regular
from chainercv_seg.utils.there_instead import there_instead
from chainercv_seg.weights.find_file import find_file
from chainercv_seg.weights.pretrained_weights import PretrainedWeights
from chainercv_seg.weights.records import list_weights
from chainercv_seg.weights.safetensors_files import SUFFIX
from chainercv_seg.weights.stored_arguments import StoredArguments, read_stored_arguments

_NOTHING: Mapping[str, Any] = MappingProxyType({})


def resolve_pretrained(
    model: str,
    pretrained_model: str | os.PathLike[str] | None,
    *,
    arguments: Mapping[str, Any] = _NOTHING,
    defaults: Mapping[str, Any] = _NOTHING,
) -> tuple[dict[str, Any], Path | None]:
    """Decide the arguments of a network and find its weight file, downloading it where needed.

    Args:
        model: The network, as in the records.
        pretrained_model: Name of published weights, path of a file, or None.
        arguments: The constructor's arguments that the weights may decide. None is "not given".
        defaults: Values of arguments that neither the caller nor the weights decide.

    Returns:
        The arguments, none of them None, and the path of the file, or None for no weights.

    Raises:
        ValueError: An argument is missing, or contradicts the published weights or those that the file
            stores.
        WeightsError: There are no such weights, or they cannot be read or downloaded.
    """
    record, path = find_weights(model, pretrained_model)
    stored = None if path is None else read_stored_arguments(path, model)
    if stored is not None:
        _check_known(stored, arguments)
    strict = path is None or stored is not None
    merged = merge_arguments(arguments, stored or record, defaults, strict=strict)
    if 'n_class' in merged:
        merged['n_class'] = positive_int(merged['n_class'], name='n_class')
    if record is not None and path is None:
        path = find_file(record)
    return merged, path


def find_weights(
    model: str, pretrained_model: str | os.PathLike[str] | None
) -> tuple[PretrainedWeights | None, Path | None]:
    """Find the record of weights and, where the file itself was given, its path.

    Args:
        model: The network, as in the records.
        pretrained_model: Name of published weights, path of a file, or None.

    Returns:
        The record, if these are published weights, be it by the name of the file; and the path, if
        one was given.

    Raises:
        WeightsError: It is neither the name of published weights nor a file.
    """
    if pretrained_model is None:
        return None, None
    if not isinstance(pretrained_model, str | os.PathLike):
        raise WeightsError(
            'pretrained_model must be the name of published weights or the path of a file, but got '
            f'{pretrained_model!r}'
        )
    records = list_weights(model)
    for record in records:
        if pretrained_model == record.name:
            return record, None
    path = Path(pretrained_model)
    try:
        check_regular(path)
    except OSError as error:
        names = ', '.join(repr(record.name) for record in records)
        raise WeightsError(
            f'pretrained_model {os.fspath(pretrained_model)!r} is neither a file nor the name of '
            f'published weights of {model} ({names}): {error.strerror}'
            + (f'.{there_instead(path.name, _files_beside(path))}'.rstrip('.'))
        ) from error
    # A file holds neither eps nor input size: without its record, published weights would be loaded
    # into a network for which they are silently wrong.
    return next((record for record in records if record.file_name == path.name), None), path


def _files_beside(path: Path) -> list[str]:
    """Weight files in the folder of one that is missing."""
    try:
        return [name for name in os.listdir(path.parent) if name.endswith(('.npz', SUFFIX))]
    except OSError:
        return []


def _check_known(stored: StoredArguments, arguments: Mapping[str, Any]) -> None:
    """Refuse a file that stores arguments which the network does not have."""
    if unknown := sorted(stored.arguments.keys() - arguments.keys()):
        raise WeightsError(
            f'{stored.path} stores arguments of {stored.model} that it does not have here: '
            f'{printable(", ".join(unknown))}. The file may be of a newer chainercv_seg'
        )


def merge_arguments(
    arguments: Mapping[str, Any],
    record: PretrainedWeights | StoredArguments | None,
    defaults: Mapping[str, Any],
    *,
    strict: bool,
) -> dict[str, Any]:
    """Complete arguments from a record and from defaults.

    Args:
        arguments: What the caller gave. None is "not given".
        record: The published weights, if there are any, or what is stored in the file.
        defaults: Values where neither says anything.
        strict: Whether what the caller gave must agree with the record. It must where the weights
            were asked for by name, and where the file itself stores the arguments; else who gives a file
            is free to use it otherwise.

    Returns:
        All arguments, none of them None.

    Raises:
        ValueError: An argument contradicts the record, or is missing.
    """
    if record is None:
        return complete_arguments(arguments, {}, defaults, fixed=(), weights='')
    return complete_arguments(
        arguments,
        record.arguments,
        defaults,
        fixed=set(record.arguments) - record.overridable if strict else (),
        weights=record.described,
        remedy=record.remedy,
    )
