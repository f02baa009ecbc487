"""How large the maps of a program are: a function of the program and the size of its input alone."""

from collections.abc import Sequence

from chainercv_seg.engines.program import (
    Convolution,
    Image,
    Join,
    MaxPool,
    MeanPool,
    Node,
    Program,
    Separable,
    Size,
    Unpool,
)


def sizes(program: Program, size: Size) -> list[Size]:
    """Compute the height and width of each map.

    Args:
        program: The network.
        size: ``(height, width)`` of its input.

    Returns:
        ``(height, width)`` by number of the map. The last is that of the scores.

    Raises:
        ValueError: The input is too small for an operation.
    """
    found: list[Size] = []
    for number, node in enumerate(program.nodes):
        height, width = _size(node, found, size)
        if min(height, width) < 1:
            raise ValueError(f'a map of {size} is too small for operation {number}: {node}')
        found.append((height, width))
    return found


def _size(node: Node, found: Sequence[Size], size: Size) -> Size:
    if isinstance(node, Image):
        return size
    if isinstance(node, Join):
        return found[node.like]
    height, width = found[node.x]
    if isinstance(node, Unpool):
        rows, columns = found[node.pooled]
        return 2 * min(height, rows), 2 * min(width, columns)
    if isinstance(node, MeanPool):
        return (
            (1, 1) if node.window is None else (height // node.window[0], width // node.window[1])
        )
    if isinstance(node, MaxPool):
        rows, columns = (
            -(-(length + 2 * node.pad - node.size) // node.stride) + 1 for length in (height, width)
        )
        return rows, columns
    weights = node.depthwise if isinstance(node, Separable) else node.weights
    rows, columns = (
        (length + 2 * node.pad - node.dilate * (taps - 1) - 1) // node.stride + 1
        for length, taps in zip((height, width), weights.shape[2:], strict=True)
    )
    if isinstance(node, Convolution) and node.pool:
        return (rows + 1) // 2, (columns + 1) // 2
    return rows, columns
