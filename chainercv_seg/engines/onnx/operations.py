"""Operations of programs as operations of ONNX.

Where heights and widths are given, all that depends on them is written down as numbers. Else the graph
computes it, or takes only inputs for which there is nothing to compute.
"""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np

from chainercv_seg.engines import program as p
from chainercv_seg.engines.bins import bin_edges
from chainercv_seg.engines.onnx.graph import Graph
from chainercv_seg.engines.onnx.unpooling import UNPOOLINGS, Unpooling
from chainercv_seg.engines.onnx.varying_sizes import check_varying, odd_ends, same_size

#: What of each operation is written down. What has a value besides is refused.
_KNOWN: dict[type, set[str]] = {
    p.Image: {'x', 'add', 'local_response'},
    p.Convolution: {'x', 'add', 'weights', 'stride', 'pad', 'dilate', 'relu', 'pool'},
    p.Unpool: {'x', 'add', 'pooled'},
    p.MaxPool: {'x', 'add', 'window', 'stride', 'pad', 'cover_all'},
    p.MeanPool: {'x', 'add', 'window', 'bins'},
    p.Join: {'x', 'add', 'maps', 'align_corners'},
}
_KNOWN[p.Separable] = _KNOWN[p.Convolution] | {'pointwise', 'relu_in', 'relu_mid'}


def write_program(
    graph: Graph, program: p.Program, x: str, *, size: p.Size | None, unpooling: str = 'max'
) -> str:
    """Write a program into a graph.

    Args:
        graph: What to write to.
        program: The network.
        x: Its inputs ``(N, 3, H, W)`` float32 in the graph.
        size: Their height and width; None where these vary.
        unpooling: A key of `UNPOOLINGS`: by which operators values are put back.

    Returns:
        Its scores ``(N, n_class, H', W')`` in the graph.

    Raises:
        TypeError: An operation, or a part of one, is not known here.
        ValueError: The size is too small, or must not vary.
    """
    for node in program.nodes:
        _check_known(node)
    if size is None:
        x = check_varying(graph, program, x)
    writer = _Writer(graph, program, UNPOOLINGS[unpooling](graph), size)
    for _ in program.nodes:
        writer.write(x)
    return writer.names[-1]


def _check_known(node: p.Node) -> None:
    known = _KNOWN.get(type(node))
    if known is None:
        raise TypeError(f'ONNX knows no operation like {type(node).__name__}')
    for field in fields(node):
        if field.name not in known and getattr(node, field.name) != field.default:
            value = f'{field.name} ({getattr(node, field.name)!r})'
            raise TypeError(f'ONNX knows no {value} of a {type(node).__name__}')
    if node.add is not None and not isinstance(node, p.Convolution):
        raise TypeError(f'ONNX knows no {type(node).__name__} that adds a map')


class _Writer:
    """Writes one operation after the other.

    Attributes:
        names: Of the maps so far, in the graph.
        sizes: Of all maps; None where they vary.
    """

    def __init__(
        self, graph: Graph, program: p.Program, unpooling: Unpooling, size: p.Size | None
    ) -> None:
        self.graph, self.program, self.unpooling = graph, program, unpooling
        self.names: list[str] = []
        self.sizes = None if size is None else program.sizes(size)

    def write(self, x: str) -> None:
        node: Any = self.program.nodes[len(self.names)]
        read = x if node.x is None else self.names[node.x.number]
        self.names.append(_WRITE[type(node)](self, node, read))

    def image(self, node: p.Image, x: str) -> str:
        if node.local_response is None:
            return x
        n, k, alpha, beta = node.local_response  # ONNX divides by n, at the edge as well
        return self.graph.add('LRN', x, size=n, bias=float(k), alpha=alpha * n, beta=beta)

    def convolution(self, node: p.Convolution, x: str) -> str:
        y = self.finish(node, self.convolve(node, x))
        if not node.pool:
            return y
        if self.sizes is not None:
            y = self.graph.pad(y, odd_ends(node, self.sizes), value=-np.inf)
        return self.unpooling.pool(y, len(self.names))

    def separable(self, node: p.Separable, x: str) -> str:
        x = self.graph.add('Relu', x) if node.relu_in else x
        h = self.convolve(node, x, groups=node.x.channels)
        h = self.graph.add('Relu', h) if node.relu_mid else h
        weights = self.graph.weights(node.pointwise)
        return self.finish(node, self.graph.add('Conv', h, *weights, kernel_shape=[1, 1]))

    def convolve(self, node: p.Convolution, x: str, groups: int = 1) -> str:
        return self.graph.add(
            'Conv',
            x,
            *self.graph.weights(node.weights),
            group=groups,
            kernel_shape=node.weights.shape[2:],
            strides=[node.stride] * 2,
            pads=[node.pad] * 4,
            dilations=[node.dilate] * 2,
        )

    def finish(self, node: p.Convolution, y: str) -> str:
        if node.add is not None:
            y = self.graph.add('Add', y, self.names[node.add.number])
        return self.graph.add('Relu', y) if node.relu else y

    def unpool(self, node: p.Unpool, x: str) -> str:
        number = node.pooled.number
        if self.sizes is None:
            return self.unpooling.unpool(x, number)
        own, pooled = self.sizes[node.x.number], self.sizes[number]
        rows, columns = min(own[0], pooled[0]), min(own[1], pooled[1])
        if (rows, columns) != own:
            x = self.graph.cut(x, (rows, columns))
        # Places are counted on the whole map that was pooled, which may be larger.
        x = self.graph.pad(x, [pooled[0] - rows, pooled[1] - columns])
        y = self.unpooling.unpool(x, number)
        return y if (rows, columns) == pooled else self.graph.cut(y, (2 * rows, 2 * columns))

    def max_pool(self, node: p.MaxPool, x: str) -> str:
        assert self.sizes is not None  # checked
        below = [  # as far as the last window sticks out, if it does
            max(0, (count - 1) * node.stride + node.window - length - node.pad)
            for count, length in zip(node.size(self.sizes), self.sizes[node.x.number], strict=True)
        ]
        x = self.graph.pad(x, below, above=node.pad, value=-np.inf)
        window, stride = [node.window] * 2, [node.stride] * 2
        return self.graph.add('MaxPool', x, kernel_shape=window, strides=stride)

    def mean_pool(self, node: p.MeanPool, x: str) -> str:
        if node.bins is not None:
            assert self.sizes is not None  # checked
            rows, columns = (bin_matrix(length, node.bins) for length in self.sizes[node.x.number])
            x = self.graph.add('MatMul', self.graph.constant(rows), x)
            return self.graph.add('MatMul', x, self.graph.constant(columns.T))
        if node.window is None:
            return self.graph.add('GlobalAveragePool', x)
        return self.graph.add('AveragePool', x, kernel_shape=node.window, strides=node.window)

    def join(self, node: p.Join, x: str) -> str:
        parts = [self.resized(part, node, x) for part in node.maps]
        return parts[0] if len(parts) == 1 else self.graph.add('Concat', *parts, axis=1)

    def resized(self, part: p.Map, node: p.Join, x: str) -> str:
        name, like = self.names[part.number], node.x.number
        if self.sizes is None:
            same = same_size(self.program, part.number, like)
        else:
            same = self.sizes[part.number] == self.sizes[like]
        if same:
            return name
        size = self.graph.size_of(x) if self.sizes is None else self.sizes[like]
        return self.graph.resize(name, size, align_corners=node.align_corners)


def bin_matrix(length: int, bins: int) -> np.ndarray:
    """Make the matrix ``(bins, length)`` that takes the means of an axis over bins."""
    matrix = np.zeros((bins, length))
    for row, (start, stop) in zip(matrix, bin_edges(length, bins), strict=True):
        row[start:stop] = 1 / (stop - start)
    return matrix


_WRITE: dict[type, Callable[[_Writer, Any, str], str]] = {
    p.Image: _Writer.image,
    p.Convolution: _Writer.convolution,
    p.Separable: _Writer.separable,
    p.Unpool: _Writer.unpool,
    p.MaxPool: _Writer.max_pool,
    p.MeanPool: _Writer.mean_pool,
    p.Join: _Writer.join,
}
