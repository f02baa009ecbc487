"""Chainer's channels-first arrays that lie in memory channels last.

Functions of training pass such views on to each other: logically ``(N, C, H, W)``, so that
whatever of Chainer's lies between them works, and free to take as ``(N, H, W, C)``.
"""

from typing import Any

import numpy as np
import numpy.typing as npt


def channels_last(x: Any) -> npt.NDArray[np.float32]:
    """View, or copy where it has to be, ``(N, C, H, W)`` as C-contiguous ``(N, H, W, C)`` float32."""
    return np.ascontiguousarray(np.moveaxis(x, 1, -1), np.float32)


def channels_first(x: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """View ``(N, H, W, C)`` as ``(N, C, H, W)``."""
    return np.moveaxis(x, -1, 1)
