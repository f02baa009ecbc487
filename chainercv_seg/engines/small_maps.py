"""Which maps of a program are small for every input: means, and what comes of them."""

from chainercv_seg.engines.program import Convolution, Join, MeanPool, Program


def is_mean(program: Program, number: int, *, single: bool = False) -> bool:
    """Tell whether a map is of means, or a 1x1 convolution of such: small; or of one position."""
    node = program.nodes[number]
    if type(node) is Convolution and node.weights.shape[2:] == (1, 1) and node.add is None:
        return is_mean(program, node.x.number, single=single)
    return isinstance(node, MeanPool) and not (single and (node.window or node.bins))


def is_convolved(program: Program, number: int) -> bool:
    """Tell whether a map is read, and only as what convolutions convolve."""
    readers = program.readers(number)
    return bool(readers) and all(
        type(reader) is Convolution and (reader.add is None or reader.add.number != number)
        for reader in readers
    )


def is_join_with_means(program: Program, number: int) -> bool:
    """Tell whether convolutions of a map can be moved before its small parts are resized.

    So it is for maps that are joined, some of them small and some not, none of them twice, and read only by
    convolutions with stride 1 and as many rows as columns of taps.
    """
    node = program.nodes[number]
    if not isinstance(node, Join) or len(set(node.maps)) < len(node.maps):
        return False
    means = [is_mean(program, part.number) for part in node.maps]
    return (
        any(means)
        and not all(means)
        and is_convolved(program, number)
        and all(
            reader.stride == reader.dilate == 1
            and not reader.pool
            and reader.weights.shape[2] == reader.weights.shape[3]
            for reader in program.nodes
            if isinstance(reader, Convolution) and reader.x.number == number
        )
    )
