"""bfloat16, the upper half of a float32: in pairs, as products read them.

An instruction multiplies two pairs and adds both products to a sum in float32. So an array of uint32 holds
pairs of neighbours along the axis that is summed over; kernels write its halves, as an array of uint16.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from chainercv_seg.engines.cpu.scratch import aligned

FloatArray = npt.NDArray[np.float32]
#: Of four bytes: a float32, or a pair of bfloat16.
Words = npt.NDArray[Any]


def rounded(x: FloatArray) -> npt.NDArray[np.uint16]:
    """Round to nearest, ties to even, as the processor does; subnormal numbers become 0.

    Args:
        x: Float32, C-contiguous.

    Returns:
        The bits of bfloat16.
    """
    bits = x.view(np.uint32)
    halves = ((bits + (0x7FFF + (bits >> 16 & 1))) >> 16).astype(np.uint16)
    halves[np.isnan(x)] = 0x7FC0
    halves[np.abs(x) < np.finfo(np.float32).tiny] &= 0x8000
    return halves


def result_map(shape: tuple[int, ...], as_bfloat16: bool) -> Words:
    """Return an uninitialized map: float32, or uint16 for the bits of bfloat16."""
    if not as_bfloat16:
        return aligned(shape)
    size = math.prod(shape)
    return aligned((-(-size // 2),)).view(np.uint16)[:size].reshape(shape)


def in_order(x: Words) -> Words:
    """Return a map C-contiguous: as float32, unless it is of uint16, for the bits of bfloat16."""
    return np.ascontiguousarray(x, None if x.dtype == np.uint16 else np.float32)


def in_pairs(panels: FloatArray) -> Words:
    """Round what `lay_out` made, and put neighbours along K side by side.

    Args:
        panels: ``(..., K, columns)`` float32.

    Returns:
        ``(..., ceil(K / 2), columns)`` uint32; an odd K ends with a 0.
    """
    *more, K, columns = panels.shape
    halves = np.zeros((*more, -(-K // 2), columns, 2), np.uint16)
    flat, pairs = panels.reshape(-1, K, columns), halves.reshape(-1, -(-K // 2), columns, 2)
    for matrix, own in zip(flat, pairs, strict=True):  # one by one, since there may be many
        bits = rounded(matrix)
        own[:, :, 0] = bits[::2]
        own[: K // 2, :, 1] = bits[1::2]
    return halves.view(np.uint32)[..., 0]


def words(numbers: int, like: Words) -> int:
    """Say how many words hold so many numbers of the kind that panels are of."""
    return numbers if like.dtype == np.float32 else -(-numbers // 2)


def written(lent: FloatArray, like: Words) -> Words:
    """View memory as kernels write it, a left side of the kind that panels are of."""
    return lent if like.dtype == np.float32 else lent.view(np.uint16)


def multiplied(lent: FloatArray, like: Words) -> Words:
    """View memory as products read it, a left side of the kind that panels are of."""
    return lent if like.dtype == np.float32 else lent.view(np.uint32)
