"""A file of another framework that may be anything: opening it, and saying what it is instead."""

import mmap
import os
from collections.abc import Sequence

from chainercv_seg.utils.errors import WeightsError
from chainercv_seg.utils.printable import printable
from chainercv_seg.utils.regular_file import open_regular

#: NumPy 1 has no more.
_DIMENSIONS = 32
_LONGEST_NAME = 200
#: How files begin that are given by mistake.
_KINDS = {
    b'\x89HDF\r\n\x1a\n': 'a HDF5 file (of Keras, for example)',
    b'PK\x03\x04': 'a zip archive, as PyTorch and NumPy write them',
    b'\x80\x02': 'a pickle, as PyTorch before 1.6 writes them',
    b'\x80': 'a pickle',
    b'\x93NUMPY': 'an array of NumPy',
    b'\x1f\x8b': 'a file compressed by gzip',
    b'BZh': 'a file compressed by bzip2',
    b'\xfd7zXZ\x00': 'a file compressed by xz',
    b'\x89PNG': 'a PNG image',
    b'version https://git-lfs': 'a pointer of Git LFS, in place of the file itself',
}


def map_file(path: str | os.PathLike[str]) -> memoryview:
    """Open a file as bytes that take memory only where they are looked at.

    Raises:
        WeightsError: It is missing or no regular file.
    """
    try:
        with open_regular(path) as file:
            if not os.fstat(file.fileno()).st_size:
                return memoryview(b'')
            return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except OSError as error:
        raise WeightsError(f'{path} cannot be read: {error.strerror or error}') from error


def kind_of(data: memoryview) -> str | None:
    """Tell from its first bytes what a file is, None where they are not known."""
    head = bytes(data[:512])
    if head[8:10] == b'{"':
        return 'a file of safetensors'
    if head[257:262] == b'ustar':
        return 'a tar archive'
    if head.lstrip().startswith(b'<'):
        return 'a web page or XML, perhaps saved in place of the file'
    for magic, kind in _KINDS.items():
        if head.startswith(magic):
            return kind
    if head.isascii() and head.decode().translate({9: 32, 10: 32, 13: 32}).isprintable():
        return 'text, perhaps the description of a network, which holds no weights'
    return None


def check_shape(shape: Sequence[int], name: str) -> tuple[int, ...]:
    """Check that numbers of a file are the shape of an array.

    Args:
        shape: The numbers.
        name: Of the array, with its file, for errors.
    """
    if len(shape) > _DIMENSIONS or any(n < 0 for n in shape):
        raise WeightsError(f'{name} has a shape that no array has: {shown_shape(shape)}')
    return tuple(shape)


def shown_shape(shape: Sequence[int]) -> str:
    """Write the shape of an array, in short where it is a long one."""
    numbers = [str(n)[:24] if abs(n) < 2**64 else f'2**{n.bit_length()}' for n in shape[:6]]
    return f'({", ".join(numbers + ["..."] * (len(shape) > 6))}{"," * (len(shape) == 1)})'


def shown_name(name: str) -> str:
    """Write a name in a file as it can be shown, in short where it is long."""
    return printable(name if len(name) <= _LONGEST_NAME else f'{name[:_LONGEST_NAME]}...')
