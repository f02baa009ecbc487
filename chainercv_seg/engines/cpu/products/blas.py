"""A matrix product whose columns our threads share.

BLAS's own threads would go on asking for work for some time after a product, on the cores that the
threads of `parallel` are about to use: an iteration of training took as long on two cores as on one.
"""

import numpy as np
import numpy.typing as npt

from chainercv_seg.engines.cpu.threads import parallel

FloatArray = npt.NDArray[np.float32]
#: Columns that a thread takes at a time, the same ones whatever the number of threads.
_COLUMNS = 1024


def product(a: FloatArray, b: FloatArray, out: FloatArray | None = None) -> FloatArray:
    """Multiply matrices.

    Args:
        a: ``(M, K)`` float32.
        b: ``(K, N)`` float32.
        out: Where to write the result, or None for a new array.

    Returns:
        ``(M, N)`` float32.
    """
    result = np.empty((len(a), b.shape[1]), np.float32) if out is None else out

    def work(start: int, stop: int) -> None:
        for first in range(start, stop, _COLUMNS):
            columns = slice(first, min(stop, first + _COLUMNS))
            np.matmul(a, b[:, columns], out=result[:, columns])

    parallel(work, b.shape[1], piece=_COLUMNS)
    return result
