"""Arrays in npy and npz files, read without trusting them: first what one claims to be, then its values."""

import io
import math
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

import numpy as np

from chainercv_seg.utils.byte_limit import byte_limit
from chainercv_seg.utils.regular_file import open_regular

#: Set to the number of bytes that one array of a shape that nobody knows beforehand may have.
LIMIT = 'CHAINERCV_SEG_MAX_ARRAY_BYTES'
_DEFAULT_LIMIT = 1 << 30
#: More than the header of any array of numbers has. A header that says to be longer is not read.
_HEADER_SIZE = 1 << 14


@dataclass(frozen=True)
class ArrayHeader:
    """What an array in a file claims to be."""

    shape: tuple[int, ...]
    dtype: np.dtype

    def check_size(self) -> None:
        """Check that the array is not too large for one whose shape is not known beforehand.

        Raises:
            ValueError: It is larger than ``$CHAINERCV_SEG_MAX_ARRAY_BYTES``, by default 1 GiB.
        """
        size, limit = math.prod(self.shape) * self.dtype.itemsize, byte_limit(LIMIT, _DEFAULT_LIMIT)
        if size > limit:
            raise ValueError(
                f'an array {self.dtype} {self.shape} takes {size} bytes, more than {limit}: if that is '
                f'right, set {LIMIT} to more'
            )


class NpzReader:
    """The arrays of an open npz file.

    Args:
        file: The file.

    Raises:
        Exception: It is no zip file, or a part of one.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(file)
        self._members = {info.filename.removesuffix('.npy'): info for info in self._zip.infolist()}

    @property
    def names(self) -> list[str]:
        """What the arrays are called."""
        return list(self._members)

    def header(self, name: str) -> ArrayHeader:
        """Read what an array claims to be, and none of its values.

        Raises:
            Exception: It is no array of plain values, or is broken: see :func:`read_header`.
        """
        with self._zip.open(self._members[name]) as member:
            return _naming(name, member)

    def read(self, name: str) -> np.ndarray:
        """Read an array. Check its header first: this takes as much memory as that says.

        Raises:
            Exception: It is cut short or damaged, or holds pickled objects.
        """
        with self._zip.open(self._members[name]) as member:
            array = np.lib.format.read_array(member, allow_pickle=False)
            if member.read(1):  # at the end zipfile compares checksums
                raise ValueError(f'there is something behind the end of its array {name}')
        return array


@contextmanager
def open_npz(path: str | os.PathLike[str]) -> Iterator[NpzReader]:
    """Open a npz file.

    Raises:
        OSError: It cannot be read, or is no regular file.
        Exception: It is no zip file, or a part of one.
    """
    with open_regular(path) as file:
        if not zipfile.is_zipfile(file):
            raise zipfile.BadZipFile('it is no zip file, or a part of one')
        yield NpzReader(file)


def read_header(file: IO[bytes]) -> ArrayHeader:
    """Read what the array of a npy file claims to be.

    Args:
        file: The file, at its start. It is read beyond the header.

    Raises:
        Exception: It is no such file, or its header is broken: NumPy raises whatever its parsers do.
    """
    start = io.BytesIO(file.read(_HEADER_SIZE))
    if start.getbuffer()[:2] == b'PK':
        raise ValueError('it is an archive of arrays, not one')
    version = np.lib.format.read_magic(start)
    if version == (1, 0):
        shape, _, dtype = np.lib.format.read_array_header_1_0(start)
    elif version == (2, 0):
        shape, _, dtype = np.lib.format.read_array_header_2_0(start)
    else:
        raise ValueError(f'arrays of the version {version} hold more than plain numbers')
    if any(length < 0 for length in shape):
        raise ValueError(f'an array cannot have the shape {shape}')
    return ArrayHeader(shape, dtype)


def _naming(name: str, member: IO[bytes]) -> ArrayHeader:
    try:
        return read_header(member)
    except ValueError as error:
        raise ValueError(f'its array {name}: {error}') from error
