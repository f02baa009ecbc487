"""Softmax over the first axis, a few rows at a time, so that its passes stay in the cache."""

import numpy as np
import numpy.typing as npt

from chainercv_seg.engines.cpu.compiled import COMPILED, kernel
from chainercv_seg.engines.cpu.lanes import LANES, load_some, maximum, splat, store_some
from chainercv_seg.engines.cpu.resizing import neighbours, resize_last
from chainercv_seg.engines.cpu.threads import parallel

FloatArray = npt.NDArray[np.float32]

#: Floats of the scores that go through at a time.
PIECE = 1 << 17


@kernel
def _blend_and_shift(x, low, share, y):  # type: ignore[no-untyped-def]
    """Resize the middle axis of ``x (C, H, W)``, and subtract from each class the largest one."""
    C, H, W = x.shape
    lines = len(low)
    for i in range(lines):
        b = splat(share[i])
        above = min(1, H - 1 - low[i]) * W
        for k in range(0, W, LANES):
            some = W - k
            most = splat(np.float32(-np.inf))
            at, o = low[i] * W + k, i * W + k
            for c in range(C):
                a = load_some(x, at + c * H * W, some)
                a = a + b * (load_some(x, at + c * H * W + above, some) - a)
                store_some(y, o + c * lines * W, a, some)
                most = maximum(most, a)
            for c in range(C):
                a = load_some(y, o + c * lines * W, some) - most
                store_some(y, o + c * lines * W, a, some)


def softmax(
    x: FloatArray,
    out: FloatArray,
    *,
    add: bool = False,
    size: tuple[int, int] | None = None,
    part: tuple[slice, slice] = (slice(None), slice(None)),
    align_corners: bool = True,
) -> None:
    """Turn scores into probabilities, resized before that where they are smaller.

    The resized scores, which can be many times what they are made of, never exist as a whole.

    Args:
        x: ``(C, h, w)`` float32, in any order in memory.
        out: Float32, in any order in memory: what becomes of ``part``.
        add: Whether to add to what ``out`` holds.
        size: Height and width to which x is resized bilinearly. None is x's own.
        part: Rows and columns, of those after resizing, that are wanted.
        align_corners: How it is resized: see `neighbours`.
    """
    C, H, W = x.shape
    size = (H, W) if size is None else size
    rows = np.arange(size[0])[part[0]]
    low, share = np.arange(H), None
    if size[0] != H:
        low, share = neighbours(H, size[0], align_corners=align_corners)
    if size == (H, W):
        x = x[:, :, part[1]]
    elif len(rows):
        needed = slice(low[rows[0]], low[rows[-1]] + 2)
        x, low = x[:, needed], low - needed.start
        H = x.shape[1]
        x = resize_last(x.reshape(-1, W), size[1], part[1], align_corners=align_corners)
        x = x.reshape(C, H, -1)
    lines = max(1, PIECE // max(1, C * x.shape[2]))

    def work(start: int, stop: int) -> None:
        for first in range(start, stop, lines):
            piece = slice(first, min(stop, first + lines))
            taken = rows[piece]
            if share is not None and COMPILED:
                some = np.empty((C, len(taken), x.shape[2]), np.float32)
                _blend_and_shift(x, low[taken], share[taken], some)
            else:
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
