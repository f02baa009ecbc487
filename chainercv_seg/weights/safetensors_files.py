"""Weights in files of safetensors, under the names of npz files, with what belongs to them as metadata."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from chainercv_seg.utils.array_files import ArrayHeader
from chainercv_seg.utils.errors import WeightsError
from chainercv_seg.utils.extras import require_extra
from chainercv_seg.utils.output_files import replaced_file
from chainercv_seg.utils.regular_file import check_regular, open_regular
from chainercv_seg.weights.stored_key import is_stored

SUFFIX = '.safetensors'
#: The types that NumPy has, by their names in the file.
_TYPES: Mapping[str, str] = MappingProxyType(
    {
        **{f'F{bits}': f'f{bits // 8}' for bits in (16, 32, 64)},
        **{f'I{bits}': f'i{bits // 8}' for bits in (8, 16, 32, 64)},
        **{f'U{bits}': f'u{bits // 8}' for bits in (8, 16, 32, 64)},
        'BOOL': '?',
    }
)


class SafetensorsReader:
    """The arrays of an open file of safetensors, and the arguments of networks in its metadata.

    It reads like a :class:`~chainercv_seg.utils.array_files.NpzReader`.

    Args:
        file: What the library opened.
        path: What it is.
    """

    def __init__(self, file: Any, path: Path) -> None:
        self._file, self._path = file, path
        self._texts = {
            name: np.array(text.encode())
            for name, text in (file.metadata() or {}).items()
            if is_stored(name)
        }

    @property
    def names(self) -> list[str]:
        """What the arrays and the arguments are called."""
        return [*self._file.keys(), *self._texts]

    def header(self, name: str) -> ArrayHeader:
        """Read what an array claims to be, and none of its values.

        Raises:
            WeightsError: Its numbers are of a type that NumPy does not have.
        """
        if name in self._texts:
            return ArrayHeader((), self._texts[name].dtype)
        claimed = self._file.get_slice(name)
        kind = claimed.get_dtype()
        if kind not in _TYPES:
            raise WeightsError(
                f'{name} in {self._path} holds numbers of the type {kind}, which are not read: save it as F32'
            )
        return ArrayHeader(tuple(claimed.get_shape()), np.dtype(_TYPES[kind]))

    def read(self, name: str) -> np.ndarray:
        """Read an array."""
        return self._texts[name] if name in self._texts else self._file.get_tensor(name)


def is_safetensors(path: str | os.PathLike[str]) -> bool:
    """Tell a file of safetensors by what it begins with.

    Raises:
        OSError: It cannot be read, or is no regular file.
    """
    with open_regular(path) as file:
        start = file.read(9)
    return start[8:] == b'{'


@contextmanager
def open_safetensors(path: Path) -> Iterator[SafetensorsReader]:
    """Open a file of safetensors.

    Raises:
        MissingExtraError: The package safetensors is not installed.
        OSError: It cannot be read, or is no regular file.
        WeightsError: It is broken.
    """
    library: Any = require_extra('safetensors', extra='export', purpose='A file of safetensors')
    check_regular(path)
    try:
        with library.safe_open(os.fspath(path), framework='numpy') as file:
            yield SafetensorsReader(file, path)
    except library.SafetensorError as error:
        raise WeightsError(f'{path} is not a sound file of safetensors: {error}') from error


def write_safetensors(
    path: str | os.PathLike[str], arrays: Mapping[str, np.ndarray], metadata: Mapping[str, str]
) -> None:
    """Write a file of safetensors, complete or not at all.

    Args:
        path: The file.
        arrays: Arrays of numbers by name.
        metadata: Texts by name.

    Raises:
        MissingExtraError: The package safetensors is not installed.
        OutputError: The file cannot be written.
    """
    library: Any = require_extra(
        'safetensors.numpy', extra='export', purpose='A file of safetensors'
    )
    contiguous = {name: np.asarray(array, order='C') for name, array in arrays.items()}
    with replaced_file(path) as file:
        # Not save_file: it puts a file of its own in this one's place, which others may not read.
        file.write(library.save(contiguous, metadata=dict(metadata)))
