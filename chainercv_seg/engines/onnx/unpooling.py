"""Pooling of windows of 2 by 2 that notes where it took what it kept, and putting it back there.

Both are exact where several values of a window are equal: the first is taken. Maps are of even height and
width here: `MaxPool` of ONNX itself misplaces values where it pads, or rounds a size up.
"""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from chainercv_seg.engines.onnx.graph import Graph

_WINDOW = [2, 2]


class Unpooling(Protocol):
    """By which operators values are put back."""

    def pool(self, x: str, number: int) -> str:
        """Keep the largest of each window of a map, and note the places under a number."""

    def unpool(self, x: str, number: int) -> str:
        """Put the values of a map at the places of a number, and zeros elsewhere."""


class MaxUnpooling:
    """By ``MaxUnpool``, which has a place in the whole map noted for each value.

    Args:
        graph: What to write to.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.places: dict[int, str] = {}

    def pool(self, x: str, number: int) -> str:
        """Keep the largest; see `Unpooling`."""
        pooled, self.places[number] = self.graph.add(
            'MaxPool', x, outputs=2, kernel_shape=_WINDOW, strides=_WINDOW
        )
        return pooled

    def unpool(self, x: str, number: int) -> str:
        """Put values back; see `Unpooling`."""
        places = self.places[number]
        return self.graph.add('MaxUnpool', x, places, kernel_shape=_WINDOW, strides=_WINDOW)


class GatherUnpooling:
    """By operators that every runtime has: ``ArgMax``, ``Equal`` and ``Mul``.

    The four pixels of a window are four maps, which ``SpaceToDepth`` takes apart and ``DepthToSpace`` puts
    together.

    Args:
        graph: What to write to.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.corners: dict[int, list[str]] = {}

    def pool(self, x: str, number: int) -> str:
        """Keep the largest; see `Unpooling`."""
        add, axis = self.graph.add, self.graph.constant([1], np.int64)
        corners = add('Split', add('SpaceToDepth', x, blocksize=2), outputs=4, axis=1)
        window = add('Concat', *[add('Unsqueeze', c, axis) for c in corners], axis=1)
        code = add('ArgMax', window, axis=1, keepdims=0)
        self.corners[number] = [
            self.graph.cast(add('Equal', code, self.graph.constant(i, np.int64)), np.float32)
            for i in range(4)
        ]
        return add('ReduceMax', window, axes=[1], keepdims=0)

    def unpool(self, x: str, number: int) -> str:
        """Put values back; see `Unpooling`."""
        add = self.graph.add
        parts = [add('Mul', x, corner) for corner in self.corners[number]]
        return add('DepthToSpace', add('Concat', *parts, axis=1), blocksize=2)


#: Ways to put values back, by name.
UNPOOLINGS: dict[str, Callable[[Graph], Unpooling]] = {
    'max': MaxUnpooling,
    'gather': GatherUnpooling,
}
