"""Softmax over the first axis, a few rows at a time, so that its passes stay in the cache."""

import numpy as np
import numpy.typing as npt

from chainercv_seg.functions.resize import neighbours, resize_last
from chainercv_seg.functions.threads import parallel

FloatArray = npt.NDArray[np.float32]

#: Floats of the scores that go through at a time.
PIECE = 1 << 17


def softmax(
    x: FloatArray,
    out: FloatArray,
    *,
    add: bool = False,
    size: tuple[int, int] | None = None,
    part: tuple[slice, slice] = (slice(None), slice(None)),
) -> None:
    """Turn scores into probabilities, resized before that where they are smaller.

    The resized scores, which can be many times what they are made of, never exist as a whole.

    Args:
        x: ``(C, h, w)`` float32, in any order in memory.
        out: Float32, in any order in memory: what becomes of ``part``.
        add: Whether to add to what ``out`` holds.
        size: Height and width to which x is resized bilinearly, corners aligned. None is x's own.
        part: Rows and columns, of those after resizing, that are wanted.
    """
    C, H, W = x.shape
    size = (H, W) if size is None else size
    rows = np.arange(size[0])[part[0]]
    if size == (H, W):
        x = x[:, :, part[1]]
    else:
        x = resize_last(x.reshape(-1, W), size[1], part[1]).reshape(C, H, -1)
    low, share = (np.arange(H), None) if size[0] == H else neighbours(H, size[0])
    lines = max(1, PIECE // max(1, C * x.shape[2]))

    def work(start: int, stop: int) -> None:
        for first in range(start, stop, lines):
            piece = slice(first, min(stop, first + lines))
            taken = rows[piece]
            some = x[:, low[taken]]
            if share is not None:
                some += share[taken, None] * (x[:, np.minimum(low[taken] + 1, H - 1)] - some)
            some -= some.max(axis=0)
            np.exp(some, out=some)
            some /= some.sum(axis=0)
            if add:
                out[:, piece] += some
            else:
                out[:, piece] = some

    parallel(work, len(rows))
