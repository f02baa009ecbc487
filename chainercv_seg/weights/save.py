"""Saving the weights of a network."""

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from chainercv_seg.utils.arguments import check_able
from chainercv_seg.utils.errors import WeightsError
from chainercv_seg.utils.output_files import replaced_file
from chainercv_seg.weights.finite import check_finite
from chainercv_seg.weights.safetensors_files import SUFFIX, write_safetensors
from chainercv_seg.weights.stored_arguments import StoredArguments
from chainercv_seg.weights.stored_key import KEY, is_stored


def save_weights(link: Any, path: str | os.PathLike[str], *, half: bool = False) -> None:
    """Save the weights of a network as an npz file that ChainerCV and this library load.

    The file is complete or not there: it is written under another name and moved.

    Args:
        link: The network, on any device.
        path: The file. Where its name ends in ``.safetensors`` it is one of these, with the same names, and
            with the arguments of the network as metadata.
        half: Whether to store kernels as float16, in half of the space. Vectors stay float32: variances
            of batch normalization can be larger than float16 goes.

    Raises:
        WeightsError: An array has no values yet, or NaN or infinity, or a kernel is beyond float16.
        OutputError: The file cannot be written.
        MissingExtraError: The package safetensors is needed, and not installed.
    """
    stored = checked_arrays(link, origin=path)
    if half:
        stored = {name: _half(name, array) for name, array in stored.items()}
    if os.fspath(path).endswith(SUFFIX):
        write_safetensors(path, *divided(link, stored))
        return
    with replaced_file(path) as file:
        np.savez_compressed(file, **stored)  # type: ignore[arg-type]


def checked_arrays(link: Any, *, origin: object) -> dict[str, np.ndarray]:
    """Collect what a network saves, by name.

    Raises:
        WeightsError: An array has no values yet, or NaN or infinity.
    """
    import chainer

    check_able(link, 'namedlinks', name='link')
    arrays = chainer.serializers.DictionarySerializer()
    arrays.save(link)
    empty = [name for name, array in arrays.target.items() if array.dtype == object]
    if empty:
        raise WeightsError(
            f'{origin}: {empty[0]} has no values yet: give the network an image first'
        )
    check_finite({name: (array, None) for name, array in arrays.target.items()}, origin=origin)
    return arrays.target


def divided(
    link: Any, stored: Mapping[str, np.ndarray]
) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Tell arrays from the arguments of networks among what a network saves.

    Returns:
        The arrays; and the arguments, of the network itself always, for no file of another format would
        have them by its name.
    """
    arrays = {name: array for name, array in stored.items() if not is_stored(name)}
    texts = {name: stored[name].item() for name in stored.keys() - arrays.keys()}
    if KEY not in texts and isinstance(model := getattr(link, 'weights_model', None), str):
        known = {
            name: getattr(link, name)
            for name in ('n_class', 'input_size', 'min_input_size')
            if hasattr(link, name)
        }
        overridable = frozenset({'min_input_size'})
        texts[KEY] = StoredArguments(model, known, overridable).encode().item()
    return arrays, {name: text.decode('ascii') for name, text in texts.items()}


def _half(name: str, array: np.ndarray) -> np.ndarray:
    if array.dtype != np.float32 or array.ndim < 2:
        return array
    limit = np.finfo(np.float16).max
    if not (np.abs(array) <= limit).all():
        raise WeightsError(
            f'{name} holds values beyond {limit}, which float16 cannot store: leave out half'
        )
    return array.astype(np.float16)
