"""How a convolution is cut into pieces, so that none takes more memory than it may. Pure planning."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

#: Bytes that a piece may take, unless ``chainer.config.convolution_workspace`` says otherwise.
WORKSPACE = 512 * 2**20
#: Elements that 32-bit signed integers can number: kernels on a GPU index with these.
MOST_ELEMENTS = 2**31 - 1

Pair = tuple[int, int]


@dataclass(frozen=True)
class Window:
    """How a kernel slides over a map; each pair is for height and width.

    Attributes:
        kernel: Number of taps.
        stride: Distance between the positions of the result.
        pad: Rows and columns of zeros on each side.
        dilate: Distance between the kernel's taps.
        groups: Number of groups of channels.
    """

    kernel: Pair
    stride: Pair = (1, 1)
    pad: Pair = (0, 0)
    dilate: Pair = (1, 1)
    groups: int = 1

    def reach(self, axis: int, positions: int) -> int:
        """Length of what so many positions of the result in a row look at, padding included."""
        taps = self.dilate[axis] * (self.kernel[axis] - 1) + 1
        return self.stride[axis] * (positions - 1) + taps

    def result_size(self, size: Pair) -> Pair:
        """Height and width of the result for a map of a height and width.

        Raises:
            ValueError: The padded map is smaller than the kernel.
        """
        room = [size[i] + 2 * self.pad[i] - self.reach(i, 1) for i in (0, 1)]
        if min(room) < 0:
            raise ValueError(
                f'expected a map of at least {self.reach(0, 1)}x{self.reach(1, 1)}, padding '
                f'included, for {self}; found {size[0]}x{size[1]}'
            )
        return room[0] // self.stride[0] + 1, room[1] // self.stride[1] + 1

    def elements(self, C: int, O: int, rows: int, columns: int) -> int:
        """Count the elements that a piece of the result needs besides the maps themselves.

        Args:
            C: Number of channels of the input.
            O: Number of channels of the result.
            rows: Rows of the piece.
            columns: Columns of the piece.

        Returns:
            Those of its patches (a column for each position), its part of the input, and its
            result.
        """
        patches = C * self.kernel[0] * self.kernel[1] * rows * columns
        return patches + C * self.reach(0, rows) * self.reach(1, columns) + O * rows * columns


class Piece(NamedTuple):
    """A part of the result: of one image, all channels."""

    image: int
    rows: slice
    columns: slice


def piece_size(
    window: Window, C: int, O: int, size: Pair, *, itemsize: int, workspace: int = WORKSPACE
) -> Pair:
    """Decide how large pieces are: as many whole rows as fit, else as many columns of one.

    Args:
        window: How the kernel slides.
        C: Number of channels of the input.
        O: Number of channels of the result.
        size: Height and width of the result.
        itemsize: Bytes of an element.
        workspace: Bytes that a piece may take.

    Returns:
        Rows and columns of the largest piece.

    Raises:
        ValueError: The workspace is too small for one position of the result.
    """
    most = min(workspace // itemsize, MOST_ELEMENTS)
    height, width = size
    rows = bisect_right(range(1, height + 1), most, key=lambda n: window.elements(C, O, n, width))
    if rows:
        return rows, width
    columns = bisect_right(range(1, width + 1), most, key=lambda n: window.elements(C, O, 1, n))
    if not columns:
        raise ValueError(
            f'expected a workspace of at least {itemsize * window.elements(C, O, 1, 1)} bytes for '
            f'one position of a convolution of {C} to {O} channels with {window}; found {workspace} '
            f'(chainer.config.convolution_workspace)'
        )
    return 1, columns


def cut(images: int, size: Pair, piece: Pair) -> Iterator[Piece]:
    """Go through the pieces of a result.

    Args:
        images: Number of images.
        size: Height and width of the result.
        piece: Rows and columns of the largest piece.

    Yields:
        Pieces that cover each position once.
    """
    (height, width), (rows, columns) = size, piece
    for image in range(images):
        for top in range(0, height, rows):
            for left in range(0, width, columns):
                yield Piece(
                    image,
                    slice(top, min(top + rows, height)),
                    slice(left, min(left + columns, width)),
                )
