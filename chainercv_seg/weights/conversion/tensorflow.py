"""Reading frozen graphs of TensorFlow, without TensorFlow."""

import math
import os

import numpy as np

from chainercv_seg.utils.errors import WeightsError
from chainercv_seg.weights.conversion.floats import as_float32, from_bfloat16
from chainercv_seg.weights.conversion.protobuf import MessageFile
from chainercv_seg.weights.conversion.source_file import check_shape, shown_shape

# Numbers of the fields, from tensorflow/core/framework (graph, node_def, attr_value, tensor, tensor_shape).
_NODE = 1
_NAME, _OP, _ATTR = 1, 2, 5
_KEY, _VALUE = 1, 2
_TENSOR = 8
_DTYPE, _SHAPE, _CONTENT, _FLOATS, _DOUBLES, _HALVES = 1, 2, 4, 5, 6, 13
_DIM, _SIZE = 2, 1
BFLOAT16 = 14
#: Numbers of the types of tensors that are floating-point numbers, and NumPy's names for their bytes.
FLOATING = {1: '<f4', 2: '<f8', 19: '<f2', BFLOAT16: '<u2'}
#: So many numbers of a constant may be left out of the file, because they equal the last one that is there.
_MOST_LEFT_OUT = 2**22


def read_frozen_graph(path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """Read the constants of a frozen graph (``frozen_inference_graph.pb``).

    Args:
        path: The file.

    Returns:
        The constants that are floating-point numbers, float32, by the name of their node. Names of
        variables are kept when a graph is frozen.

    Raises:
        WeightsError: The file is missing, broken, or holds no constants.
    """
    file = MessageFile(path, what='a frozen graph of TensorFlow')
    arrays: dict[str, np.ndarray] = {}
    taken = 0
    for node in file.messages(file.message, _NODE):
        tensor = _constant(file, node)
        if tensor is None or file.integer(tensor, _DTYPE) not in FLOATING:
            continue
        name = file.text(node, _NAME)
        if name in arrays:
            raise WeightsError(f'{path} holds {name} twice')
        arrays[name] = _array(file, tensor, f'{name} in {path}')
        taken += arrays[name].nbytes if any(arrays[name].strides) else 0
        if taken > 4 * (len(file.message) + _MOST_LEFT_OUT):
            raise WeightsError(
                f'{path} asks for more numbers than it holds, the last time in {name}'
            )
    if not arrays:
        raise WeightsError(f'{path} holds no constants: it is not a frozen graph of TensorFlow')
    return arrays


def _constant(file: MessageFile, node: memoryview) -> memoryview | None:
    """Return the tensor of a node that is a constant."""
    if file.text(node, _OP) != 'Const':
        return None
    for attr in file.messages(node, _ATTR):
        if file.text(attr, _KEY) == 'value':
            value = file.message_in(attr, _VALUE)
            return None if value is None else file.message_in(value, _TENSOR)
    return None


def _array(file: MessageFile, tensor: memoryview, name: str) -> np.ndarray:
    message = file.message_in(tensor, _SHAPE)
    dims = [] if message is None else file.messages(message, _DIM)
    shape = check_shape([file.integer(dim, _SIZE) for dim in dims], name)
    size = math.prod(shape)
    kind = np.dtype(FLOATING[file.integer(tensor, _DTYPE)])
    content = file.message_in(tensor, _CONTENT)
    if content:
        if len(content) != size * kind.itemsize:
            raise WeightsError(
                f'{name} holds {len(content)} bytes for the shape {shown_shape(shape)}'
            )
        values = np.frombuffer(content, kind)
        floats = from_bfloat16(values) if kind.kind == 'u' else as_float32(values)
    else:
        floats = _listed(file, tensor, kind, name)
        if floats.size > size or floats.size == 0 < size:
            raise WeightsError(
                f'{name} holds {floats.size} numbers for the shape {shown_shape(shape)}'
            )
        if floats.size < size:
            floats = _filled(floats, size, name)
    return floats.reshape(shape)


def _listed(file: MessageFile, tensor: memoryview, kind: np.dtype, name: str) -> np.ndarray:
    """Read numbers that are written one by one, those of two bytes as their bits."""
    if kind.itemsize == 2:
        bits = np.array(file.integers(tensor, _HALVES), np.int64).astype(np.uint16)
        return from_bfloat16(bits) if kind.kind == 'u' else as_float32(bits.view(np.float16))
    data = file.numbers(tensor, _FLOATS if kind.itemsize == 4 else _DOUBLES)
    if len(data) % kind.itemsize:
        raise WeightsError(f'{name} holds a part of a number at its end')
    return as_float32(np.frombuffer(data, kind))


def _filled(values: np.ndarray, size: int, name: str) -> np.ndarray:
    """Add the numbers at the end that are left out. Where all are equal they take no memory."""
    if size - values.size > _MOST_LEFT_OUT:
        raise WeightsError(f'{name} holds {values.size} numbers, and asks for {size}')
    if values.size == 1:
        return np.broadcast_to(values, size)
    return np.pad(values, (0, size - values.size), mode='edge')
