"""The strides and rates of the convolutions in a graph of TensorFlow."""

import os
from typing import NamedTuple

import numpy as np

from chainercv_seg.weights.conversion.protobuf import MessageFile

# Numbers of the fields, from tensorflow/core/framework (node_def, attr_value, tensor) and of a graph in
# a meta graph, from tensorflow/core/protobuf (meta_graph).
_NODE, _GRAPH = 1, 2
_NAME, _OP, _INPUT, _ATTR = 1, 2, 3, 5
_KEY, _VALUE = 1, 2
_LIST, _TENSOR = 1, 8
_INTEGERS, _CONTENT, _NUMBERS = 3, 4, 7
_CONVOLUTIONS = ('Conv2D', 'DepthwiseConv2dNative')


class Geometry(NamedTuple):
    """How far apart the positions of a convolution and the taps of its kernel are, along both axes."""

    stride: int
    rate: int


class _Node(NamedTuple):
    op: str
    inputs: list[str]
    attributes: dict[str, memoryview]


def convolutions_in_graph(
    path: str | os.PathLike[str], *, meta: bool = False
) -> dict[str, Geometry]:
    """Read the convolutions of a graph.

    Rates are written in two ways: as an attribute, by TensorFlow of today, or as a convolution of what
    ``SpaceToBatchND`` has taken apart, by that of 2018 and before, in which the official graphs are.

    Args:
        path: A graph (``.pb``), or what is written beside a checkpoint (``.meta``).
        meta: Whether it is the latter.

    Returns:
        The convolutions by the name of their node. Those that are not the same along both axes are left
        out.
    """
    file = MessageFile(path, what='a graph of TensorFlow')
    graph = file.message_in(file.message, _GRAPH) if meta else file.message
    messages = [] if graph is None else file.messages(graph, _NODE)
    nodes = {file.text(message, _NAME): _node(file, message) for message in messages}
    found = {}
    for name, node in nodes.items():
        if node.op in _CONVOLUTIONS:
            stride = _pair(_integers(file, node, 'strides'))
            rate = _taken_apart(file, nodes, node) or _pair(_integers(file, node, 'dilations'))
            if stride and rate:
                found[name] = Geometry(stride, rate)
    return found


def _node(file: MessageFile, message: memoryview) -> _Node:
    attributes = {
        file.text(attr, _KEY): value
        for attr in file.messages(message, _ATTR)
        if (value := file.message_in(attr, _VALUE)) is not None
    }
    inputs = [bytes(name).decode(errors='replace') for name in file.messages(message, _INPUT)]
    return _Node(file.text(message, _OP), inputs, attributes)


def _integers(file: MessageFile, node: _Node, name: str) -> list[int]:
    """Read an attribute that is a list, in the order (N, H, W, C); ones where it is not there."""
    values = node.attributes.get(name)
    numbers = None if values is None else file.message_in(values, _LIST)
    return [1, 1, 1, 1] if numbers is None else file.integers(numbers, _INTEGERS)


def _pair(numbers: list[int]) -> int | None:
    """The number along both axes, None where there are two."""
    return numbers[1] if len(numbers) == 4 and numbers[1] == numbers[2] > 0 else None


def _taken_apart(file: MessageFile, nodes: dict[str, _Node], node: _Node) -> int | None:
    """The rate of a convolution of what was taken apart, None for any other."""
    before = _input(nodes, node, 0)
    if before is None or before.op != 'SpaceToBatchND':
        return None
    shape = _input(nodes, before, 1)
    while shape is not None and shape.op == 'Identity':
        shape = _input(nodes, shape, 0)
    tensor = None if shape is None else shape.attributes.get('value')
    message = None if tensor is None else file.message_in(tensor, _TENSOR)
    if message is None:
        return None
    content = file.message_in(message, _CONTENT)
    numbers = file.integers(message, _NUMBERS)
    if content and len(content) % 4 == 0:
        numbers = np.frombuffer(content, '<i4').tolist()
    numbers = numbers * 2 if len(numbers) == 1 else numbers  # of equal ones the first is written
    return numbers[0] if len(numbers) == 2 and numbers[0] == numbers[1] > 0 else None


def _input(nodes: dict[str, _Node], node: _Node, number: int) -> _Node | None:
    names = node.inputs[number : number + 1]
    return nodes.get(names[0].partition(':')[0]) if names else None
