"""Maps as they lie in memory, and what kernels are told of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from chainercv_seg.engines.cuda.analysis import Analysis
from chainercv_seg.engines.cuda.arithmetic import padded
from chainercv_seg.engines.cuda.tape import Address, Tape
from chainercv_seg.engines.cuda.weights import NodeWeights
from chainercv_seg.engines.program import Join, Size


@dataclass(frozen=True)
class Stored:
    """A map as it lies in memory, ``(N, *size, channels)``, channels padded.

    Attributes:
        address: Where.
        size: Height and width.
        channels: Those in memory.
        split: Whether it is in two parts, the low one behind the high one.
    """

    address: Address
    size: Size
    channels: int
    split: bool = False


@dataclass(frozen=True)
class Unfinished:
    """The sums of a convolution, and what is still to be done to them: see `get` in the kernels.

    Attributes:
        address: Where they lie.
        size: Height and width.
        channels: Those in memory.
        parts: How many are to be added up.
        bias: The bias.
        residual: What is added, a stored map.
        more: What small maps contribute, ``(N, *size, channels)`` float32.
        relu: Whether negative results become 0.
    """

    address: Address
    size: Size
    channels: int
    parts: int = 1
    bias: Any = None
    residual: Stored | None = None
    more: Address | None = None
    relu: bool = False


class StoredMaps:
    """The maps of a program for one shape.

    Args:
        analysis: What is known of the program.
        weights: Of each convolution.
        tape: What to write to.
        batch: How many network inputs.
        size: Height and width of them.
        bytewise: Whether they are bytes, else float32.
        overflow: Where kernels note that half precision did not do; None in other precisions.
    """

    def __init__(
        self,
        analysis: Analysis,
        weights: Mapping[int, NodeWeights],
        tape: Tape,
        *,
        batch: int,
        size: Size,
        bytewise: bool,
        overflow: Any,
    ) -> None:
        self.analysis, self.weights, self.tape, self.batch = analysis, weights, tape, batch
        self.bytewise, self.overflow = bytewise, overflow
        self.precision = analysis.precision
        self.sizes = analysis.program.sizes(size)
        self.itemsize = 2 if self.precision == 'float16' else 4
        self.maps: dict[int, Stored | Unfinished] = {}
        self.codes: dict[int, Address] = {}
        self.input = tape.buffer(batch * 3 * prod(size) * (1 if bytewise else 4))
        tape.keep(self.input, 0)

    def aligned(self, number: int) -> bool:
        """Tell whether the maps of a join are resized with corners aligned."""
        node = self.analysis.nodes[number]
        return not isinstance(node, Join) or node.align_corners

    def stored(self, number: int) -> Stored:
        """Return a map that is finished."""
        found = self.maps[number]
        assert isinstance(found, Stored)
        return found

    def quads(self, x: Stored | Unfinished) -> int:
        """Count the quads of a map of a whole batch."""
        return self.batch * prod(x.size) * x.channels // 4

    def new(self, size: Size, channels: int, *, split: bool = False) -> Stored:
        """Ask for memory for a map."""
        nbytes = self.batch * prod(size) * channels * self.itemsize * (2 if split else 1)
        return Stored(self.tape.buffer(nbytes), size, channels, split)

    def new_map(self, number: int) -> Stored:
        """Ask for memory for the map of an operation, or for all maps that are joined."""
        parts = self.analysis.parts(number) if self._is_join(number) else ()
        channels = sum(p.channels for p in parts) or self.analysis.nodes[number].channels
        size = self.sizes[number]
        made = self.new(size, padded(channels, self.precision), split=number in self.analysis.split)
        self.maps[number] = made
        return made

    def _is_join(self, number: int) -> bool:
        return isinstance(self.analysis.nodes[number], Join)

    def low(self, x: Stored) -> np.int64:
        """Tell how many quads behind a high part the low one lies; 0 for whole maps."""
        return np.int64(self.quads(x) if x.split else 0)

    def read(self, x: Stored | Unfinished) -> tuple[Any, int, np.int64]:
        """Return the arguments by which kernels read a map."""
        parts = (2 if x.split else 1) if isinstance(x, Stored) else x.parts
        return x.address, parts, np.int64(self.quads(x))

    def sums(self, x: Stored | Unfinished) -> tuple[Any, ...]:
        """Return those by which they read one to be finished: the map, the bias, the residual map."""
        if isinstance(x, Stored):
            return (*self.read(x), None, None, 0, np.int64(0))
        residual = (None, 0, np.int64(0)) if x.residual is None else self.read(x.residual)
        return (*self.read(x), x.bias, *residual)
