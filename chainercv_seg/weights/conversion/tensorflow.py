"""Reading frozen graphs of TensorFlow, without TensorFlow."""

import math
import os
from functools import cache
from typing import Any

import numpy as np

from chainercv_seg.utils.errors import WeightsError
from chainercv_seg.weights.conversion.protobuf import message_class, read_message

#: Numbers of the types in a tensor that are floats of ours, and NumPy's names for them.
_FLOATS = {1: '<f4', 2: '<f8', 19: '<f2'}


@cache
def graph_def() -> Any:
    """Return the class of TensorFlow's ``GraphDef``, with what constants need of it.

    Source: ``tensorflow/core/framework`` (graph, node_def, attr_value, tensor, tensor_shape).
    """
    messages = {
        'Dim': [('size', 1, 'int64', False)],
        'TensorShapeProto': [('dim', 2, 'Dim', True)],
        'TensorProto': [
            ('dtype', 1, 'int32', False),
            ('tensor_shape', 2, 'TensorShapeProto', False),
            ('tensor_content', 4, 'bytes', False),
            ('float_val', 5, 'float', True),
            ('double_val', 6, 'double', True),
            ('half_val', 13, 'int32', True),
        ],
        'AttrValue': [('tensor', 8, 'TensorProto', False)],
        'Attr': [('key', 1, 'string', False), ('value', 2, 'AttrValue', False)],
        'NodeDef': [
            ('name', 1, 'string', False),
            ('op', 2, 'string', False),
            ('attr', 5, 'Attr', True),
        ],
        'GraphDef': [('node', 1, 'NodeDef', True)],
    }
    return message_class(messages, 'GraphDef')


def read_frozen_graph(path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """Read the constants of a frozen graph (``frozen_inference_graph.pb``).

    Args:
        path: The file.

    Returns:
        The constants that are floating-point numbers, float32, by the name of their node. Names of
        variables are kept when a graph is frozen.

    Raises:
        MissingExtraError: protobuf is not installed.
        WeightsError: The file is missing, broken, or holds no constants.
    """
    graph = read_message(path, graph_def(), what='a frozen graph of TensorFlow')
    arrays = {}
    for node in graph.node:
        for attr in node.attr:
            if node.op == 'Const' and attr.key == 'value':
                tensor = attr.value.tensor
                if tensor.dtype in _FLOATS:
                    arrays[node.name] = _array(tensor, f'{node.name} in {path}')
    if not arrays:
        raise WeightsError(f'{path} holds no constants: it is not a frozen graph of TensorFlow')
    return arrays


def _array(tensor: Any, name: str) -> np.ndarray:
    shape = tuple(dim.size for dim in tensor.tensor_shape.dim)
    size = math.prod(shape)
    if tensor.tensor_content:
        data = tensor.tensor_content
        if len(data) != size * np.dtype(_FLOATS[tensor.dtype]).itemsize:
            raise WeightsError(f'{name} holds {len(data)} bytes for the shape {shape}')
        values = np.frombuffer(data, _FLOATS[tensor.dtype])
    else:
        # Values that are equal up to the end may be left out. Halves are written as their bits.
        values = np.array(tensor.float_val or tensor.double_val)
        if tensor.half_val:
            values = np.array(tensor.half_val, np.uint16).view('<f2')
        if not 0 < values.size <= max(size, 1):
            raise WeightsError(f'{name} holds {values.size} numbers for the shape {shape}')
        values = np.concatenate([values, np.repeat(values[-1:], size - values.size)])
    return values.astype(np.float32).reshape(shape)
