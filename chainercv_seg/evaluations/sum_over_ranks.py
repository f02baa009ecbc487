"""Sums of integer arrays over all ranks."""

from collections.abc import Sequence
from typing import Any

import numpy as np


def sum_over_ranks(comm: Any, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Sum up over all ranks, in one exchange whose size is that of the arrays.

    Args:
        comm: A ChainerMN communicator. All its ranks call this.
        arrays: Integers; of the same shapes in all ranks.

    Returns:
        int64 arrays of their shapes, the same in all ranks.
    """
    table = np.concatenate([array.ravel() for array in arrays]).astype(np.int64)
    total = np.empty_like(table)
    # Not allreduce, which holds the interpreter while it waits: no rank could watch the others.
    comm.mpi_comm.Allreduce(table, total)
    ends = np.cumsum([array.size for array in arrays])[:-1]
    return [
        part.reshape(array.shape) for part, array in zip(np.split(total, ends), arrays, strict=True)
    ]
