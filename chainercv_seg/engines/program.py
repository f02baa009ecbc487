"""Networks described once: a program is a list of coarse operations on maps without sizes.

A description runs once over a network and writes down what is computed from what. Each operation makes
one map, which is never changed, and names it by its number. What engines fuse is an attribute, in a fixed
order, so that none has to look for patterns. How maps lie in memory, which method computes an operation
and what runs when is an engine's business.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

DoubleArray: TypeAlias = npt.NDArray[np.float64]
Size: TypeAlias = tuple[int, int]


@dataclass(frozen=True)
class Map:
    """A feature map of which nothing but its channels is known.

    Attributes:
        number: That of the operation that makes it.
        channels: How many it has.
    """

    number: int
    channels: int


@dataclass(frozen=True)
class Weights:
    """The kernel and bias of a convolution, folded when an engine asks for them.

    They are float64, and a network of them would take twice the space of its link: so they are made one
    convolution after the other, from the link's own arrays, to which this refers.

    Attributes:
        shape: ``(O, C, kh, kw)`` of the kernel.
        fold: Gives the kernel and the bias ``(O,)``.
    """

    shape: tuple[int, int, int, int]
    fold: Callable[[], tuple[DoubleArray, DoubleArray]]


@dataclass(frozen=True)
class LocalResponse:
    """Division by a power of the squares of ``n`` neighbouring channels (Krizhevsky et al. 2012)."""

    n: int
    k: float
    alpha: float
    beta: float


@dataclass(frozen=True)
class Image:
    """The network inputs ``(N, 3, H, W)``, normalized if that is asked for."""

    local_response: LocalResponse | None
    channels: int = 3


@dataclass(frozen=True)
class Convolution:
    """Convolution, bias, the map ``add``, ReLU, pooling of windows of 2 by 2; in this order.

    Windows at the lower and right border are cut off by it. Of equals the first is taken.
    """

    x: int
    weights: Weights
    stride: int
    pad: int
    dilate: int
    add: int | None
    relu: bool
    pool: bool

    @property
    def channels(self) -> int:
        """Channels of the result."""
        return self.weights.shape[0]


@dataclass(frozen=True)
class Separable:
    """ReLU of the input, depthwise convolution, ReLU, 1x1 convolution, the map ``add``, ReLU."""

    x: int
    depthwise: Weights
    pointwise: Weights
    stride: int
    pad: int
    dilate: int
    relu_in: bool
    relu_mid: bool
    add: int | None
    relu: bool

    @property
    def channels(self) -> int:
        """Channels of the result."""
        return self.pointwise.shape[0]


@dataclass(frozen=True)
class Unpool:
    """Values where the pooling of ``pooled`` took them, else 0; both cropped to the smaller."""

    x: int
    pooled: int
    channels: int


@dataclass(frozen=True)
class MaxPool:
    """The largest of each window; the last ones may stick out, as in Chainer (cover_all)."""

    x: int
    size: int
    stride: int
    pad: int
    channels: int


@dataclass(frozen=True)
class MeanPool:
    """The mean of windows side by side, what fills none left out; of the whole map if None."""

    x: int
    window: Size | None
    channels: int


@dataclass(frozen=True)
class Join:
    """The channels of several maps, those of another size than ``like`` resized, corners aligned."""

    maps: tuple[int, ...]
    like: int
    channels: int


Node: TypeAlias = Image | Convolution | Separable | Unpool | MaxPool | MeanPool | Join


class Program:
    """A network in single-assignment form. The last map holds its scores, before any resizing.

    Attributes:
        nodes: The operations, each after what it reads.
    """

    def __init__(self) -> None:
        self.nodes: list[Node] = []

    def _write(self, node: Node) -> Map:
        self.nodes.append(node)
        return Map(len(self.nodes) - 1, node.channels)

    def image(self, *, local_response: LocalResponse | None = None) -> Map:
        """Begin with the network inputs, as the views of an image make them."""
        return self._write(Image(local_response))

    def convolution(
        self,
        x: Map,
        weights: Weights,
        *,
        stride: int = 1,
        pad: int = 0,
        dilate: int = 1,
        add: Map | None = None,
        relu: bool = False,
        pool: bool = False,
    ) -> Map:
        """Convolve.

        Args:
            x: What to convolve.
            weights: Kernel and bias.
            stride: Distance between the positions of the result.
            pad: Rows and columns of zeros on each side.
            dilate: Distance between the kernel's taps.
            add: What is added, of the size that the convolution gives.
            relu: Whether negative results become 0, then.
            pool: Whether the largest of each window of 2 by 2 is kept, then, and its place noted.

        Raises:
            ValueError: The channels do not fit.
        """
        _check_channels(x, weights.shape[1])
        if add is not None:
            _check_channels(add, weights.shape[0])
        added = None if add is None else add.number
        return self._write(Convolution(x.number, weights, stride, pad, dilate, added, relu, pool))

    def separable(
        self,
        x: Map,
        depthwise: Weights,
        pointwise: Weights,
        *,
        stride: int = 1,
        pad: int = 0,
        dilate: int = 1,
        relu_in: bool = False,
        relu_mid: bool = False,
        add: Map | None = None,
        relu: bool = False,
    ) -> Map:
        """Convolve depthwise, then 1x1.

        Args:
            x: What to convolve.
            depthwise: Kernel ``(C, 1, kh, kw)`` and bias.
            pointwise: Kernel ``(O, C, 1, 1)`` and bias.
            stride: Of the first, as `pad` and `dilate`.
            pad: Rows and columns of zeros on each side.
            dilate: Distance between the kernel's taps.
            relu_in: Whether negative inputs count as 0.
            relu_mid: Whether negative results of the first become 0.
            add: What is added at the end, of the result's size.
            relu: Whether negative results become 0, after that.

        Raises:
            ValueError: The channels do not fit.
        """
        _check_channels(x, depthwise.shape[0])
        _check_channels(x, pointwise.shape[1])
        if add is not None:
            _check_channels(add, pointwise.shape[0])
        added = None if add is None else add.number
        return self._write(
            Separable(
                x.number, depthwise, pointwise, stride, pad, dilate, relu_in, relu_mid, added, relu
            )
        )

    def unpool(self, x: Map, pooled: Map) -> Map:
        """Put values where the pooling that made ``pooled`` took them.

        Raises:
            ValueError: No convolution with pooling made it, or the channels do not fit.
        """
        node = self.nodes[pooled.number]
        if not (isinstance(node, Convolution) and node.pool):
            raise ValueError(f'expected the map of a convolution with pooling, found {node}')
        _check_channels(x, pooled.channels)
        return self._write(Unpool(x.number, pooled.number, x.channels))

    def max_pool(self, x: Map, *, size: int, stride: int, pad: int) -> Map:
        """Take the largest of each window of ``size`` by ``size``."""
        return self._write(MaxPool(x.number, size, stride, pad, x.channels))

    def mean_pool(self, x: Map, window: Size | None = None) -> Map:
        """Take the mean of each window, or of the whole map."""
        return self._write(MeanPool(x.number, window, x.channels))

    def join(self, maps: list[Map], *, like: Map) -> Map:
        """Put the channels of several maps behind each other, all of the size of ``like``."""
        numbers = tuple(part.number for part in maps)
        return self._write(Join(numbers, like.number, sum(part.channels for part in maps)))


def _check_channels(x: Map, channels: int) -> None:
    if x.channels != channels:
        raise ValueError(f'expected a map of {channels} channels, found {x}')


def reads(node: Node) -> tuple[int, ...]:
    """Return the numbers of the maps that an operation reads."""
    if isinstance(node, Image):
        return ()
    if isinstance(node, Join):
        return (*node.maps, node.like)
    if isinstance(node, Unpool):
        return (node.x, node.pooled)
    add = getattr(node, 'add', None)
    return (node.x,) if add is None else (node.x, add)
