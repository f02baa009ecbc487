"""Programs whose inputs may be of any height and width, or of any multiple of a number."""

from collections.abc import Sequence
from dataclasses import replace

from chainercv_seg.engines import program as p
from chainercv_seg.engines.onnx.graph import Graph


def check_varying(graph: Graph, program: p.Program, x: str) -> str:
    """Make sure that a graph takes only sizes for which it is right.

    Args:
        graph: What to write to.
        program: The network.
        x: Its inputs in the graph.

    Returns:
        The inputs, by way of an operation that fails where the size will not do.

    Raises:
        ValueError: There are no such sizes.
    """
    for node in program.nodes:
        if isinstance(node, p.MaxPool) or (isinstance(node, p.MeanPool) and node.bins is not None):
            raise ValueError(
                'this network pools its maps by their size, which cannot vary in ONNX: fix the size'
            )
    multiple = size_multiple(program)
    if multiple == 1:
        return x
    # Moves pixels there and back: runtimes refuse other sizes, and say so.
    apart = graph.add('SpaceToDepth', x, blocksize=multiple)
    return graph.add('DepthToSpace', apart, blocksize=multiple)


def size_multiple(program: p.Program) -> int:
    """Find the number that height and width must be multiples of, lest pooled maps be padded or cut.

    Raises:
        ValueError: There is none.
    """
    if not any(isinstance(node, p.Convolution) and node.pool for node in program.nodes):
        return 1
    steps: list[int] = []
    for node in program.nodes:
        own = getattr(node, 'stride', 1) * (2 if getattr(node, 'pool', False) else 1)
        steps.append(own * max((steps[read.number] for read in node.reads), default=1))
    multiple = max(steps)
    # Sizes grow evenly from one multiple to the next: what holds at two of them holds at all.
    for times in (32, 33):
        sizes = program.sizes((times * multiple,) * 2)
        for node in program.nodes:
            if isinstance(node, p.Unpool) and sizes[node.x.number] != sizes[node.pooled.number]:
                raise ValueError('this network cuts its maps by their size: fix the size')
            if isinstance(node, p.Convolution) and node.pool and any(odd_ends(node, sizes)):
                raise ValueError('this network pads its maps by their size: fix the size')
    return multiple


def odd_ends(node: p.Convolution, sizes: Sequence[p.Size]) -> list[int]:
    """Count the rows and columns that a map lacks to be pooled evenly."""
    return [length % 2 for length in replace(node, pool=False).size(sizes)]


def same_size(program: p.Program, one: int, other: int) -> bool:
    """Tell whether two maps are of one size, whatever that is."""
    return _origin(program, one) == _origin(program, other)


def _origin(program: p.Program, number: int) -> int:
    """Find the first map whose size a map has for what the operations between them are."""
    node = program.nodes[number]
    if isinstance(node, p.Join):
        return _origin(program, node.x.number)
    if isinstance(node, p.Convolution) and not node.pool and node.stride == 1:
        reach = {node.dilate * (taps - 1) for taps in node.weights.shape[2:]}
        if reach == {2 * node.pad}:
            return _origin(program, node.x.number)
    return number
