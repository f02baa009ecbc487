"""Writing a model of ONNX piece by piece, for its weights need not all be in memory at once.

A message of protocol buffers is a row of fields: a key, a length, and so many bytes, in any order. The
library takes three times the bytes of a model to write it.
"""

import math
from collections.abc import Callable, Sequence
from typing import IO, Any, NamedTuple

import numpy as np
import onnx
from onnx import GraphProto, ModelProto, TensorProto, helper

#: A reader counts the bytes of a message in 31 bits.
_MOST_BYTES = 2**31 - 1


class Stored(NamedTuple):
    """Arrays that a model holds.

    Attributes:
        tensors: What they are, without their numbers.
        make: Makes the arrays, of the same shapes, when they are written.
    """

    tensors: tuple[TensorProto, ...]
    make: Callable[[], Sequence[np.ndarray]]


def tensor(name: str, shape: Sequence[int], dtype: np.dtype) -> TensorProto:
    """Describe an array."""
    return TensorProto(name=name, dims=shape, data_type=helper.np_dtype_to_tensor_dtype(dtype))


def write_model(
    model: ModelProto, graph: GraphProto, stored: Sequence[Stored], file: IO[bytes]
) -> None:
    """Write a model.

    Args:
        model: All but its graph.
        graph: All but the arrays that it holds.
        stored: These.
        file: What to write to.

    Raises:
        ValueError: It is too large for a file of ONNX.
    """
    rest = graph.SerializeToString()
    size = len(rest) + sum(_size(one) for each in stored for one in each.tensors)
    if size > _MOST_BYTES - (1 << 16):
        raise ValueError(f'a file of ONNX has at most 2 GiB, and this network takes {size} bytes')
    file.write(model.SerializeToString())
    file.write(_field(ModelProto.GRAPH_FIELD_NUMBER, size) + rest)
    for tensors, make in stored:
        for one, array in zip(tensors, make(), strict=True):
            file.write(_head(one))
            file.write(_little_endian(array, one))


def check_file(path: str) -> None:
    """Check a model, and the shapes of all that is in it, where it takes less memory than here: in its file.

    Raises:
        Exception: What was written is not ONNX; that of its library.
    """
    onnx.checker.check_model(path, full_check=True)


def _head(one: TensorProto) -> bytes:
    """What is before the numbers of an array."""
    inner = one.SerializeToString() + _field(TensorProto.RAW_DATA_FIELD_NUMBER, _nbytes(one))
    return _field(GraphProto.INITIALIZER_FIELD_NUMBER, len(inner) + _nbytes(one)) + inner


def _size(one: TensorProto) -> int:
    return len(_head(one)) + _nbytes(one)


def _nbytes(one: TensorProto) -> int:
    return math.prod(one.dims) * _dtype(one).itemsize


def _dtype(one: TensorProto) -> np.dtype:
    return helper.tensor_dtype_to_np_dtype(one.data_type)


def _little_endian(array: np.ndarray, one: TensorProto) -> Any:
    dtype = _dtype(one).newbyteorder('<')
    if array.shape != tuple(one.dims):
        raise ValueError(f'{one.name} has the shape {array.shape}, expected {tuple(one.dims)}')
    return np.ascontiguousarray(array, dtype).reshape(-1).view(np.uint8).data


def _field(number: int, length: int) -> bytes:
    """Write the key of a field that has a length, and the length."""
    return _varint(number << 3 | 2) + _varint(length)


def _varint(number: int) -> bytes:
    """Write a number, seven bits a byte, the lowest first."""
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])
