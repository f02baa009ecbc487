"""Which maps of a program are kept in bfloat16, so that half as many bytes are written and read."""

from chainercv_seg.engines.cpu.costs import cheapest, convolution_costs
from chainercv_seg.engines.program import Convolution, Join, Node, Program, Separable, Unpool


def is_in_bfloat16(program: Program, number: int) -> bool:
    """Tell whether a map is kept in bfloat16 where products are of it.

    So it is for what only matrix products and depthwise convolutions read, if one of these or Winograd's
    method makes it. What is added to other maps stays float32: its rounding errors would add up.
    """
    readers = program.readers(number)
    return (
        bool(readers)
        and _makes(program, program.nodes[number])
        and all(_reads(reader, number) for reader in readers)
    )


def _makes(program: Program, node: Node) -> bool:
    if not isinstance(node, Convolution) or isinstance(node, Separable):
        return isinstance(node, Separable)
    absorbing = isinstance(program.nodes[node.x.number], Join | Unpool)
    return not absorbing and not node.pool and _method(node) != 'fft'


def _reads(node: Node, number: int) -> bool:
    if not isinstance(node, Convolution) or (node.add is not None and node.add.number == number):
        return False
    return isinstance(node, Separable) or _method(node) == 'matmul'


def _method(node: Convolution) -> str:
    costs = convolution_costs(
        node.weights.shape, stride=node.stride, dilate=node.dilate, pool=node.pool, bfloat16=True
    )
    return cheapest(costs)
