"""Floating-point numbers of other widths as those of ours."""

import numpy as np


def as_float32(values: np.ndarray) -> np.ndarray:
    """Make float32 of floating-point numbers. What is too large becomes infinite, without a warning."""
    with np.errstate(over='ignore'):
        return values.astype(np.float32, copy=False)


def from_bfloat16(bits: np.ndarray) -> np.ndarray:
    """Make float32 of bfloat16, given as uint16: they are the upper halves of float32."""
    return (bits.astype(np.uint32) << 16).view(np.float32)
