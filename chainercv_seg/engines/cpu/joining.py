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
from chainercv_seg.engines.small_maps import is_mean

FloatArray = npt.NDArray[np.float32]
DoubleArray = npt.NDArray[np.float64]


def join(
    maps: Any, numbers: tuple[int, ...], like: int, *, align_corners: bool = True
) -> FloatArray:
    """Put maps ``(N, h, w, C)`` behind each other, resized where they are not of the size of one."""
    size = maps[like].shape[1:3]
    parts = [
        maps[number]
        if maps[number].shape[1:3] == size
        else resize_map(maps[number], size, align_corners=align_corners)
        for number in numbers
    ]
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=-1)


@dataclass(frozen=True)
class JoinedConvolution:
    """A convolution of joined maps, some of them small, with stride 1.

    Attributes:
        like: The map whose size the others get.
        large: The maps that are not small.
        convolution: Their part of the kernel.
        small: The small ones, each with a matrix ``(C, taps * taps * O)`` float32 of what all taps make
            of its channels.
        means: Those of one position where the kernel is 1x1, each with its part of the kernel: what
            they contribute is the same everywhere.
        taps: Height, and width, of the kernel.
        align_corners: How the small ones are resized.
    """

    like: int
    large: tuple[int, ...]
    convolution: Convolution
    small: dict[int, FloatArray]
    means: dict[int, Convolution]
    taps: int
    align_corners: bool

    def __call__(self, maps: Any, add: FloatArray | None = None) -> FloatArray:
        """Convolve maps ``(N, h, w, C)`` by number to ``(N, H, W, O)``."""
        x = join(maps, self.large, self.like, align_corners=self.align_corners)
        added = [] if add is None else [add]
        if self.small:
            added.append(self.small_maps(maps, x.shape[1:3]))
        for number, convolution in self.means.items():
            everywhere = convolution(maps[number])
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
        for number, matrix in self.small.items():
            N, h, w, _ = maps[number].shape
            taps = (maps[number] @ matrix).reshape(N, h, w, self.taps, self.taps, -1)
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
        matrix = bilinear_matrix(length, size, align_corners=self.align_corners)
        matrix = np.pad(matrix, ((pad, pad), (0, 0)))
        return np.concatenate([matrix[tap : tap + size] for tap in range(self.taps)], axis=1)


def prepare_joined(
    program: p.Program, node: p.Join, W: DoubleArray, bias: DoubleArray, **options: Any
) -> JoinedConvolution:
    """Divide a kernel among the maps that it reads.

    Args:
        program: The network.
        node: What the convolution reads: one small map at least, and one that is not.
        W: ``(O, C, k, k)``.
        bias: ``(O,)``.
        **options: Of `prepare_convolution`, with stride 1.
    """
    ends = np.cumsum([0, *(part.channels for part in node.maps)])
    spans = zip(node.maps, pairwise(ends), strict=True)
    parts = {part.number: W[:, start:stop] for part, (start, stop) in spans}
    large = tuple(number for number in parts if not is_mean(program, number))
    rest = [parts.pop(number) for number in large]
    # The largest first, while nothing else is held.
    kernel = rest[0] if len(rest) == 1 else np.concatenate(rest, axis=1)
    convolution = prepare_convolution(kernel, bias, **options)
    small, means = {}, {}
    for number, part in parts.items():
        if W.shape[2:] == (1, 1) and not options['pad'] and is_mean(program, number, single=True):
            means[number] = prepare_convolution(part, bfloat16=options.get('bfloat16', False))
        else:
            matrix = part.transpose(1, 2, 3, 0).reshape(part.shape[1], -1)
            small[number] = np.ascontiguousarray(matrix, np.float32)
    return JoinedConvolution(
        node.x.number, large, convolution, small, means, W.shape[2], node.align_corners
    )
