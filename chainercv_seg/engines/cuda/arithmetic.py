"""In which arithmetic a convolution is computed: fixed rules, so that no stopwatch decides about bits.

For float32 on tensor cores a number is a high part, which TF32 holds, and the low rest; products are added
up as high high, low high and high low. A tensor core cuts off what its running sum cannot hold, some 2e-9 of
the norm for each product: so high high is a sum of its own, and long ones are cut into pieces that are added
up outside.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

DoubleArray = npt.NDArray[np.float64]
FloatArray = npt.NDArray[np.float32]

#: The most products in one sum on tensor cores: 1e-5 of the norm, measured at 512 channels of 3 by 3.
MOST_PRODUCTS = 4608
#: With fewer products to a number of the result than these, plain float32 is used: three sums on tensor cores
#: would be written and read for little work.
FEWEST_PRODUCTS = 256


class Sums(NamedTuple):
    """How the products of a convolution are added up.

    Attributes:
        precision: Of cuDNN's products, one of `PRECISIONS`.
        split: Whether numbers are high and low parts.
        pieces: The channels of each sum, of the padded ones.
    """

    precision: str
    split: bool
    pieces: tuple[slice, ...]


def padded(channels: int, precision: str) -> int:
    """Tell how many channels a map has in memory: whole vectors of 16 bytes."""
    unit = 8 if precision == 'float16' else 4
    return -(-channels // unit) * unit


def wants_parts(precision: str, channels: int, taps: int) -> bool:
    """Tell whether a convolution is better computed from high and low parts."""
    return precision == 'float32' and channels * taps >= FEWEST_PRODUCTS


def sums(precision: str, channels: int, taps: int, *, split: bool) -> Sums:
    """Decide how a convolution is added up.

    Args:
        precision: What was asked for, one of `PRECISIONS`.
        channels: Of what it reads, padded.
        taps: Of its kernel.
        split: Whether what it reads is in high and low parts.
    """
    if not split:
        return Sums(precision, False, (slice(0, channels),))
    most = max(4, MOST_PRODUCTS // taps // 4 * 4)
    count = -(-channels // most)
    each = -(-channels // count // 4) * 4
    return Sums(
        'tf32',
        True,
        tuple(slice(start, min(start + each, channels)) for start in range(0, channels, each)),
    )


def kernel_array(W: DoubleArray, channels: tuple[int, int]) -> FloatArray:
    """Lay a kernel ``(O, C, kh, kw)`` out as cuDNN reads it: ``(O, kh, kw, C)``, padded with zeros.

    Args:
        W: The kernel.
        channels: How many outputs and inputs it has in memory.
    """
    O, C, kh, kw = W.shape
    array = np.zeros((channels[0], kh, kw, channels[1]), np.float32)
    array[:O, :, :, :C] = W.transpose(0, 2, 3, 1)
    return array


def vector(values: DoubleArray, length: int) -> FloatArray:
    """Put zeros behind a vector."""
    array = np.zeros(length, np.float32)
    array[: len(values)] = values
    return array


def high_part(array: FloatArray) -> FloatArray:
    """Round to what TF32 holds, halves away from zero, as the kernels do."""
    bits = np.ascontiguousarray(array, np.float32).view(np.uint32)
    return ((bits + np.uint32(0x1000)) & np.uint32(0xFFFFE000)).view(np.float32)
