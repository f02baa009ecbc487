"""Maps joined, and convolutions of them that leave small ones small.

Part of what a convolution reads may be means resized bilinearly. Resizing acts on positions and the
kernel's taps on channels, so they commute: each tap is applied to the small map, then the results are
resized, moved by the tap and summed up. With one matrix for resizing and moving, that has no ones where
zero padding is moved in, this is exact at the border too, and costs two small matrix products.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from chainercv_seg.engines import program as p
from chainercv_seg.engines.cpu.convolution import Convolution, prepare_convolution
from chainercv_seg.engines.cpu.resizing import bilinear_matrix, resize_map

FloatArray = npt.NDArray[np.float32]
DoubleArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Join:
    """Several maps behind each other, of the size of one of them.

    Attributes:
        maps: Their numbers.
        like: The number of the map whose size they get.
    """

    maps: tuple[int, ...]
    like: int

    def __call__(self, maps: Any) -> FloatArray:
        """Join ``(N, h, w, C)`` by number to ``(N, H, W, sum of C)``."""
        size = maps[self.like].shape[1:3]
        parts = [
            maps[number] if maps[number].shape[1:3] == size else resize_map(maps[number], size)
            for number in self.maps
        ]
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=-1)


def is_mean(program: p.Program, number: int) -> bool:
    """Tell whether a map is of means, or a 1x1 convolution of such: small."""
    node = program.nodes[number]
    if isinstance(node, p.Convolution) and node.weights.shape[2:] == (1, 1) and node.add is None:
        return is_mean(program, node.x)
    return isinstance(node, p.MeanPool)


def _is_one_mean(program: p.Program, number: int) -> bool:
    """Tell whether such a map has one position."""
    node = program.nodes[number]
    if isinstance(node, p.Convolution):
        return _is_one_mean(program, node.x)
    return isinstance(node, p.MeanPool) and node.window is None


@dataclass(frozen=True)
class SmallMap:
    """What a convolution does to one small map: what all taps make of its channels.

    Attributes:
        number: Of the map.
        matrix: ``(C, taps * taps * O)`` float32.
    """

    number: int
    matrix: FloatArray


@dataclass(frozen=True)
class OneMean:
    """The same for a map of one position and a 1x1 kernel: the same everywhere.

    Attributes:
        number: Of the map.
        convolution: Its part of the kernel.
    """

    number: int
    convolution: Convolution


@dataclass(frozen=True)
class JoinedConvolution:
    """A convolution of joined maps, some of them small, with stride 1.

    Attributes:
        large: The maps that are not small.
        convolution: Their part of the kernel.
        small: The small ones.
        means: Those of one position.
        taps: Height, and width, of the kernel.
    """

    large: Join
    convolution: Convolution
    small: list[SmallMap]
    means: list[OneMean]
    taps: int

    def __call__(self, maps: Any, add: FloatArray | None = None) -> FloatArray:
        """Convolve maps ``(N, h, w, C)`` by number to ``(N, H, W, O)``."""
        x = self.large(maps)
        added = [] if add is None else [add]
        if self.small:
            added.append(self.small_maps(maps, x.shape[1:3]))
        for mean in self.means:
            everywhere = mean.convolution(maps[mean.number])
            added.append(np.broadcast_to(everywhere, (*x.shape[:3], everywhere.shape[3])))
        total = added[0]
        for more in added[1:]:
            total = total + more
        return self.convolution(x, total)

    def small_maps(self, maps: Any, size: tuple[int, int]) -> FloatArray:
        """Compute what the small maps contribute, ``(N, H, W, O)`` float32."""
        H, W = size
        rows: list[FloatArray] = []
        blended: list[FloatArray] = []
        for part in self.small:
            x = maps[part.number]
            N, h, w, _ = x.shape
            taps = (x @ part.matrix).reshape(N, h, w, self.taps, self.taps, -1)
            O = taps.shape[-1]
            taps = taps.transpose(0, 3, 1, 4, 2, 5)  # (N, tap, h, tap, w, channels)
            taps = taps.reshape(N, self.taps * h, self.taps * w, O)
            blended.append(self.moved(w, W) @ taps)
            rows.append(self.moved(h, H))
        wide = np.concatenate(blended, axis=1).reshape(N, -1, W * O)
        return (np.concatenate(rows, axis=1) @ wide).reshape(N, H, W, O)

    def moved(self, length: int, size: int) -> FloatArray:
        """Make the matrix ``(size, taps * length)`` that resizes an axis and moves it by each tap."""
        pad = self.convolution.pad
        matrix = np.pad(bilinear_matrix(length, size), ((pad, pad), (0, 0)))
        return np.concatenate([matrix[tap : tap + size] for tap in range(self.taps)], axis=1)


def prepare_joined(
    program: p.Program, join: p.Join, W: DoubleArray, bias: DoubleArray, **options: Any
) -> JoinedConvolution:
    """Divide a kernel among the maps that it reads.

    Args:
        program: The network.
        join: What the convolution reads: one small map at least, and one that is not.
        W: ``(O, C, k, k)``.
        bias: ``(O,)``.
        **options: Of `prepare_convolution`, with stride 1.
    """
    ends = np.cumsum([0, *(program.nodes[number].channels for number in join.maps)])
    parts = {
        n: W[:, start:stop] for n, (start, stop) in zip(join.maps, pairwise(ends), strict=True)
    }
    large = tuple(number for number in join.maps if not is_mean(program, number))
    small, means = [], []
    for number, part in parts.items():
        if number in large:
            continue
        if W.shape[2:] == (1, 1) and options['pad'] == 0 and _is_one_mean(program, number):
            means.append(OneMean(number, prepare_convolution(part)))
        else:
            matrix = part.transpose(1, 2, 3, 0).reshape(part.shape[1], -1)
            small.append(SmallMap(number, np.ascontiguousarray(matrix, np.float32)))
    rest = np.concatenate([parts[number] for number in large], axis=1)
    convolution = prepare_convolution(rest, bias, **options)
    return JoinedConvolution(Join(large, join.like), convolution, small, means, W.shape[2])
