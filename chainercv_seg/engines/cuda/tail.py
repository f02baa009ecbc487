"""What makes the label map of an image that is one network input, so that one graph computes all of it."""

from typing import NamedTuple

import numpy as np

from chainercv_seg.engines.cuda.tape import Address, Tape

#: Classes that fit into a byte.
BYTE = 256


class Tail(NamedTuple):
    """Softmax of scores if asked for, resizing, and the class of the largest.

    Attributes:
        size: To what scores are resized.
        rows: The first of these that is wanted, and the one behind the last.
        columns: The same.
        softmax: Whether softmax is taken before they are resized.
        align_corners: Whether they are resized with corners on corners; else edges on edges.
        as_they_are: Whether scores must be of ``size`` already.
    """

    size: tuple[int, int]
    rows: tuple[int, int]
    columns: tuple[int, int]
    softmax: bool = False
    align_corners: bool = True
    as_they_are: bool = False


def label_type(n_class: int) -> type:
    """Tell in what labels cross: bytes where the classes fit."""
    return np.uint8 if n_class <= BYTE else np.int32


def write_tail(
    tape: Tape, scores: Address, shape: tuple[int, int, int, int], n_class: int, tail: Tail
) -> tuple[Address, int]:
    """Write down the commands behind the scores of one network input.

    Args:
        tape: What to write to.
        scores: Where the scores lie.
        shape: ``(1, height, width, channels)`` of them.
        n_class: How many of the channels are classes.
        tail: What to do.

    Returns:
        Where the labels come to lie, and how many there are.
    """
    _, h, w, channels = shape
    step = np.int64(w * channels // 4), np.int64(channels // 4)
    if tail.softmax:
        found = tape.buffer(4 * h * w * channels)
        tape.kernel(
            'softmax', h * w, scores, *step, h * w, n_class, h, w, h, w, True, 0, 0, w, found, *step, False
        )  # fmt: skip
        scores = found
    (top, bottom), (left, right) = tail.rows, tail.columns
    count = (bottom - top) * (right - left)
    kind = label_type(n_class)
    labels = tape.buffer(count * np.dtype(kind).itemsize)
    places = (labels, None) if kind is np.uint8 else (None, labels)
    tape.kernel(
        'largest', count, scores, *step, count, n_class, h, w, *tail.size, tail.align_corners, top, left,
        right - left, *places,
    )  # fmt: skip
    return labels, count
