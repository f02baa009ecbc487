"""Reading the checkpoints of PyTorch, without PyTorch."""

import math
import os
import re
import struct
import zipfile
from collections.abc import Callable
from functools import cache
from typing import Any, Literal

import numpy as np

from chainercv_seg.utils.errors import WeightsError
from chainercv_seg.weights.conversion.floats import as_float32, from_bfloat16
from chainercv_seg.weights.conversion.pickles import Call, Global, PickleError, Reference
from chainercv_seg.weights.conversion.source_file import check_shape, shown_name, shown_shape
from chainercv_seg.weights.conversion.torch_file import Storage, TorchFile, open_torch_file

#: Under which of its keys a checkpoint has the weights.
_STATE_KEYS = ('state_dict', 'model_state_dict', 'model_state', 'model', 'net')
#: How many times as many bytes as the file all arrays may take: two as float32 of float16, twice and more
#: where tensors share their numbers.
_MOST_TIMES = 8
#: What wrappers put before the names: of DataParallel, of trainers, of torch.compile.
_PREFIXES = re.compile(r'((module|model|_orig_mod)\.)*')
#: What a broken file raises: beside our own errors, those of an archive that is encrypted or cut short.
_BROKEN = (
    PickleError,
    OSError,
    ValueError,
    LookupError,
    RuntimeError,
    EOFError,
    struct.error,
    zipfile.BadZipFile,
)
#: The functions that a pickle calls to make tensors, and what the others than the first make.
_PLAIN = ('_rebuild_tensor', '_rebuild_tensor_v2')
_WRAPPED = ('_rebuild_parameter', '_rebuild_parameter_with_state')
_TYPED = '_rebuild_from_type_v2'
_OTHERS = {
    '_rebuild_sparse_tensor': 'a sparse tensor',
    '_rebuild_sparse_csr_tensor': 'a sparse tensor',
    '_rebuild_qtensor': 'a quantized tensor',
    '_rebuild_meta_tensor_no_storage': 'a tensor without numbers, of the device meta',
    '_rebuild_nested_tensor': 'a nested tensor',
}


def read_torch_checkpoint(path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """Read the arrays of a checkpoint (``.pth``, ``.pt``) that holds a state dict. Nothing in it is run.

    Args:
        path: The file, of PyTorch 1.6 and newer, or of before. The state dict is all of it, or lies under
            ``state_dict``, ``model_state_dict``, ``model_state``, ``model`` or ``net``.

    Returns:
        The arrays by name, without the prefixes ``module.``, ``model.`` and ``_orig_mod.``: floating-point
        numbers as float32, others as they are.

    Raises:
        WeightsError: The file is missing, broken, or holds something else.
    """
    try:
        with open_torch_file(path) as file:
            state = _state_dict(file.content, path)
            if state is None:
                raise WeightsError(f'{path} holds no tensors: it is not a checkpoint of a network')
            return _arrays(file, state, path)
    except WeightsError:
        raise
    except _BROKEN as error:
        reason = shown_name(str(error.args[0] if isinstance(error, KeyError) else error))
        raise WeightsError(
            f'{path} is no sound checkpoint of tensors alone: {reason or "it is broken"}'
        ) from error


def _state_dict(content: Any, path: object, depth: int = 4) -> dict[Any, Any] | None:
    """Find the state dict in what was saved: the innermost under the usual keys that holds tensors."""
    if not isinstance(content, dict) or not depth:
        return None
    inner = {key: _state_dict(content.get(key), path, depth - 1) for key in _STATE_KEYS}
    found = {key: state for key, state in inner.items() if state is not None}
    if len({id(state) for state in found.values()}) > 1:
        raise WeightsError(
            f'{path} holds state dicts under {" and ".join(found)}: save the one that counts alone'
        )
    if found:
        return next(iter(found.values()))
    return content if any(map(_is_tensor, content.values())) else None


def _is_tensor(value: Any) -> bool:
    return isinstance(value, Call) and '._rebuild_' in value.name


def _arrays(file: TorchFile, state: dict[Any, Any], path: object) -> dict[str, np.ndarray]:
    bytes_of = cache(file.bytes_of)
    arrays: dict[str, np.ndarray] = {}
    taken = 0
    for key, value in state.items():
        if not _is_tensor(value):
            continue
        if not isinstance(key, str):
            raise WeightsError(f'{path} holds a tensor under {key!s:.20}, which is no name')
        name = shown_name(_PREFIXES.sub('', key, count=1))
        if name in arrays:
            raise WeightsError(f'{path} holds {name} twice')
        arrays[name] = _array(value, bytes_of, file.byte_order, f'{name} in {path}')
        taken += arrays[name].nbytes
        if taken > _MOST_TIMES * file.size:
            raise WeightsError(
                f'{path} asks for more numbers than it holds, the last time in {name}'
            )
    return arrays


def _array(
    call: Call,
    bytes_of: Callable[[str], memoryview | bytes],
    byte_order: Literal['<', '>'],
    name: str,
) -> np.ndarray:
    match _unwrapped(call):
        case Call(
            function, (Reference(reference), int(offset), tuple(size), tuple(stride), *_)
        ) if function.rpartition('.')[2] in _PLAIN:
            if not all(isinstance(n, int) for n in size + stride):
                raise PickleError('its pickle is broken')
            storage = Storage.of(reference)
        case Call(function, arguments):
            function = function.rpartition('.')[2]
            types = ', '.join(value.name for value in arguments if isinstance(value, Global))
            what = _OTHERS.get(function, f'a tensor of {shown_name(types or function)}')
            raise WeightsError(f'{name} is {what}, which is not read')
        case _:
            raise PickleError('its pickle is broken')
    if storage.kind is None:
        raise WeightsError(f'{name} holds numbers of the type {storage.name}, which are not read')
    shape, data = check_shape(size, name), bytes_of(storage.key)
    kind = np.dtype(storage.kind).newbyteorder(byte_order)
    there = len(data) // kind.itemsize
    if math.prod(shape) > there:
        raise WeightsError(f'{name} has the shape {shown_shape(shape)}, and {there} numbers')
    try:
        # PyTorch does not look at the stride of a dimension of one.
        strides = [step * kind.itemsize * (n > 1) for n, step in zip(shape, stride, strict=True)]
        array: np.ndarray = np.ndarray(shape, kind, data, offset * kind.itemsize, strides)
    except (ValueError, TypeError, OverflowError) as error:
        raise WeightsError(
            f'{name} lies outside of its {there} numbers: shape {shown_shape(shape)}, '
            f'offset {offset!s:.20}, strides {shown_shape(stride)}'
        ) from error
    if storage.name == 'BFloat16':
        return from_bfloat16(array)
    return as_float32(array) if kind.kind == 'f' else array


def _unwrapped(call: Any) -> Any:
    """Return the tensor of a parameter, or of a tensor that has attributes."""
    while isinstance(call, Call):
        function = call.name.rpartition('.')[2]
        match call.arguments:
            case (Global(inner), _, tuple(arguments), *_) if function == _TYPED:
                call = Call(f'torch._utils.{inner}', arguments)
            case (inner, *_) if function in _WRAPPED:
                call = inner
            case _:
                break
    return call
