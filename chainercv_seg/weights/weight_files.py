"""Weight files of every format, read alike."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import numpy as np

from chainercv_seg.utils.array_files import ArrayHeader, open_npz
from chainercv_seg.weights.read_errors import read_errors
from chainercv_seg.weights.safetensors_files import is_safetensors, open_safetensors


class Reader(Protocol):
    """The arrays of an open file."""

    @property
    def names(self) -> list[str]:
        """What the arrays are called."""

    def header(self, name: str) -> ArrayHeader:
        """Read what an array claims to be, and none of its values."""

    def read(self, name: str) -> np.ndarray:
        """Read an array. Check its header first: this takes as much memory as that says."""


@contextmanager
def open_weights(path: Path) -> Iterator[Reader]:
    """Open a weight file: npz or, as what it begins with tells, safetensors.

    Raises:
        WeightsError: It cannot be read, or is broken, or something in it is read that is.
        MissingExtraError: What reads it is not installed.
    """
    with read_errors(path):
        if is_safetensors(path):
            with open_safetensors(path) as tensors:
                yield tensors
        else:
            with open_npz(path) as npz:
                yield npz
