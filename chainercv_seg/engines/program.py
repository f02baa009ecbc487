"""Networks described once: a program is a list of coarse operations on maps without sizes.

A description runs once over a network and writes down what is computed from what. Each operation makes
one map, which is never changed. What engines fuse is an attribute, in a fixed order, so that none has to
look for patterns. How maps lie in memory, which method computes an operation and what runs when is an
engine's business.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

DoubleArray: TypeAlias = npt.NDArray[np.float64]
Size: TypeAlias = tuple[int, int]


class Map(NamedTuple):
    """A feature map of which nothing is known but the operation that makes it and its channels."""

    number: int
    channels: int


class Weights(NamedTuple):
    """The kernel and bias of a convolution, folded when an engine asks for them.

    They are float64, and a network of them would take twice the space of its link: so they are made one
    convolution after the other, from the link's own arrays, to which this refers.

    Attributes:
        shape: ``(O, C, kh, kw)`` of the kernel.
        fold: Gives the kernel and the bias ``(O,)``.
    """

    shape: tuple[int, ...]
    fold: Callable[[], tuple[DoubleArray, DoubleArray]]


class LocalResponse(NamedTuple):
    """Division by a power of the squares of ``n`` neighbouring channels (Krizhevsky et al. 2012)."""

    n: int
    k: float
    alpha: float
    beta: float


@dataclass(frozen=True, kw_only=True)
class Node:
    """An operation.

    Attributes:
        x: What it reads, None for the network's inputs.
        add: What it adds to its result, of the same shape.
    """

    x: Map | None = None
    add: Map | None = None

    @property
    def reads(self) -> tuple[Map, ...]:
        """All maps that it reads."""
        return tuple(read for read in (self.x, self.add) if read is not None)

    @property
    def channels(self) -> int:
        """Channels of its map."""
        return self.reads[0].channels

    @property
    def fits(self) -> bool:
        """Whether the channels of what it reads are those that it needs."""
        return True

    def size(self, sizes: Sequence[Size]) -> Size:
        """Compute the size of its map from those of the maps before it."""
        return sizes[self.reads[0].number]


@dataclass(frozen=True, kw_only=True)
class Image(Node):
    """The network inputs ``(N, 3, H, W)``, as the views of an image make them; normalized if asked for."""

    local_response: LocalResponse | None = None

    @property
    def channels(self) -> int:
        """Three colours."""
        return 3


@dataclass(frozen=True, kw_only=True)
class Convolution(Node):
    """Convolution, bias, ``add``, ReLU, pooling of windows of 2 by 2; in this order.

    Windows at the lower and right border are cut off by it. Of equals the first is taken.

    Attributes:
        weights: Kernel and bias.
        stride: Distance between the positions of the result.
        pad: Rows and columns of zeros on each side.
        dilate: Distance between the kernel's taps.
        relu: Whether negative results become 0.
        pool: Whether the largest of each window is kept, and its place noted.
    """

    x: Map
    weights: Weights
    stride: int = 1
    pad: int = 0
    dilate: int = 1
    relu: bool = False
    pool: bool = False

    @property
    def channels(self) -> int:
        """Outputs of the kernel."""
        return self.weights.shape[0]

    @property
    def fits(self) -> bool:
        """Whether the kernel takes x, and gives what is added."""
        added = self.channels if self.add is None else self.add.channels
        return (added, self.x.channels) == self.weights.shape[:2]

    def size(self, sizes: Sequence[Size]) -> Size:
        """Count the positions of the kernel."""
        rows, columns = (
            (length + 2 * self.pad - self.dilate * (taps - 1) - 1) // self.stride + 1
            for length, taps in zip(sizes[self.x.number], self.weights.shape[2:], strict=True)
        )
        return ((rows + 1) // 2, (columns + 1) // 2) if self.pool else (rows, columns)


@dataclass(frozen=True, kw_only=True)
class Separable(Convolution):
    """ReLU of the input, depthwise convolution, ReLU, 1x1 convolution, ``add``, ReLU; in this order.

    Attributes:
        weights: Of the depthwise convolution, ``(C, 1, kh, kw)``; so are stride, pad and dilate.
        pointwise: Of the other, ``(O, C, 1, 1)``.
        relu_in: Whether negative inputs count as 0.
        relu_mid: Whether negative results of the first become 0.
    """

    pointwise: Weights
    relu_in: bool = False
    relu_mid: bool = False

    @property
    def channels(self) -> int:
        """Outputs of the second kernel."""
        return self.pointwise.shape[0]

    @property
    def fits(self) -> bool:
        """Whether the kernels take x, and give what is added."""
        added = self.channels if self.add is None else self.add.channels
        shapes = (self.weights.shape[:2], self.pointwise.shape)
        C = self.x.channels
        return shapes == ((C, 1), (added, C, 1, 1)) and not self.pool


@dataclass(frozen=True, kw_only=True)
class Unpool(Node):
    """Values where the convolution that made ``pooled`` took them, else 0; cropped to the smaller."""

    x: Map
    pooled: Map

    @property
    def reads(self) -> tuple[Map, ...]:
        """The map, and where pooling took what it kept."""
        return (self.x, self.pooled)

    @property
    def fits(self) -> bool:
        """Whether both have the same channels."""
        return self.x.channels == self.pooled.channels

    def size(self, sizes: Sequence[Size]) -> Size:
        """Double the smaller."""
        pairs = zip(sizes[self.x.number], sizes[self.pooled.number], strict=True)
        rows, columns = (2 * min(pair) for pair in pairs)
        return rows, columns


@dataclass(frozen=True, kw_only=True)
class MaxPool(Node):
    """The largest of each window.

    Attributes:
        window: Positions a side.
        stride: Distance between windows.
        pad: How far the first window sticks out.
        cover_all: Whether the last windows may stick out further than that, as in Chainer; else what does not
            fill one is left out.
    """

    x: Map
    window: int
    stride: int
    pad: int
    cover_all: bool = True

    def size(self, sizes: Sequence[Size]) -> Size:
        """Count the windows."""
        more = self.stride - 1 if self.cover_all else 0
        rows, columns = (
            (length + 2 * self.pad - self.window + more) // self.stride + 1
            for length in sizes[self.x.number]
        )
        return rows, columns


@dataclass(frozen=True, kw_only=True)
class MeanPool(Node):
    """The mean of windows side by side, what fills none left out; of the whole map if None.

    Attributes:
        window: Height and width of a window.
        bins: In place of a window, how many there are along each axis (:mod:`chainercv_seg.engines.bins`).
    """

    x: Map
    window: Size | None = None
    bins: int | None = None

    def size(self, sizes: Sequence[Size]) -> Size:
        """Count the windows."""
        if self.bins is not None:
            return self.bins, self.bins
        height, width = sizes[self.x.number]
        return (
            (1, 1) if self.window is None else (height // self.window[0], width // self.window[1])
        )


@dataclass(frozen=True, kw_only=True)
class Join(Node):
    """The channels of several maps, those of another size than x resized to it.

    Attributes:
        x: The map whose size the others get.
        align_corners: Whether corners of maps lie on corners; else edges do, and positions are centres.
    """

    x: Map
    maps: tuple[Map, ...]
    align_corners: bool = True

    @property
    def reads(self) -> tuple[Map, ...]:
        """The maps, after the one whose size they get."""
        return (self.x, *self.maps)

    @property
    def channels(self) -> int:
        """Those of all maps."""
        return sum(part.channels for part in self.maps)


class Program:
    """A network in single-assignment form. The last map holds its scores, before any resizing.

    Attributes:
        nodes: The operations, each after what it reads.
    """

    def __init__(self) -> None:
        self.nodes: list[Node] = []

    def write(self, node: Node) -> Map:
        """Write an operation down, and return its map.

        Raises:
            ValueError: The channels of what it reads do not fit, or it puts back what was not pooled.
        """
        pooled = self.nodes[node.pooled.number] if isinstance(node, Unpool) else None
        if not node.fits or not (pooled is None or getattr(pooled, 'pool', False)):
            raise ValueError(f'what is read does not fit: {node}')
        self.nodes.append(node)
        return Map(len(self.nodes) - 1, node.channels)

    def readers(self, number: int) -> list[Node]:
        """Find the operations that read a map."""
        return [node for node in self.nodes if number in (read.number for read in node.reads)]

    def sizes(self, size: Size) -> list[Size]:
        """Compute the height and width of each map from those of the network's input.

        Raises:
            ValueError: The input is too small for an operation.
        """
        found: list[Size] = []
        for number, node in enumerate(self.nodes):
            found.append(node.size(found) if node.reads else size)
            if min(found[-1]) < 1:
                raise ValueError(f'an input of {size} is too small for operation {number}: {node}')
        return found
