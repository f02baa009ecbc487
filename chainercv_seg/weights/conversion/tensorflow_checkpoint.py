"""Reading checkpoints of TensorFlow (``.index`` and ``.data``), without TensorFlow."""

import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from chainercv_seg.utils.errors import WeightsError
from chainercv_seg.weights.conversion.floats import as_float32, from_bfloat16
from chainercv_seg.weights.conversion.protobuf import MessageFile
from chainercv_seg.weights.conversion.source_file import (
    check_shape,
    map_file,
    shown_name,
    shown_shape,
)
from chainercv_seg.weights.conversion.tensorflow import BFLOAT16, FLOATING

# The index is a sorted table as of LevelDB (github.com/google/leveldb, doc/table_format.md): blocks of
# names that share their beginnings, a block that says where these are, and a footer.
_FOOTER, _MAGIC = 48, 0xDB4775248B80FB57
_PLAIN = 0
# Numbers of the fields, from tensorflow/core/protobuf/tensor_bundle.proto: shards of the header; of an entry.
_SHARDS, _ENDIAN = 1, 2
_DTYPE, _SHAPE, _SHARD, _OFFSET, _SIZE, _SLICES = 1, 2, 3, 4, 5, 7
_DIM, _LENGTH = 2, 1
#: How many times as many bytes as the files all arrays may take: twice, as float32 of float16.
_MOST_TIMES = 4
#: More variables than networks have, and the longest name of one.
_MOST, _LONGEST = 2**16, 2**12


class CheckpointPaths(NamedTuple):
    """The files of a checkpoint.

    Attributes:
        prefix: What all begin with, for example ``model.ckpt-30000``.
        table: The ``.index``, a table of variables.
        meta: The graph of the training, which need not be there.
    """

    prefix: str
    table: Path
    meta: Path

    def shard(self, number: int, count: int) -> Path:
        """Name a file of numbers."""
        return Path(f'{self.prefix}.data-{number:05d}-of-{count:05d}')


def checkpoint_paths(path: str | os.PathLike[str]) -> CheckpointPaths | None:
    """Tell the files of a checkpoint by one of them, or by what all begin with.

    Returns:
        None, where the path is of something else.
    """
    text = os.fspath(path)
    prefix = text
    for end in ('.index', '.meta'):
        prefix = prefix.removesuffix(end)
    if '.data-' in Path(prefix).name:
        prefix = prefix.rpartition('.data-')[0]
    index = Path(f'{prefix}.index')
    if prefix == text and not index.is_file():
        return None
    return CheckpointPaths(prefix, index, Path(f'{prefix}.meta'))


def read_tensorflow_checkpoint(paths: CheckpointPaths) -> dict[str, np.ndarray]:
    """Read the variables of a checkpoint that are floating-point numbers.

    Args:
        paths: Its files.

    Returns:
        The arrays by name, float32.

    Raises:
        WeightsError: A file is missing or broken.
    """
    file = MessageFile(paths.table, what='the index of a checkpoint of TensorFlow')
    table = dict(_Table(file.message, paths.table).entries())
    header = table.pop('', None)
    if header is None:
        raise WeightsError(f'{paths.table} has no header: it is no index of a checkpoint')
    if file.integer(header, _ENDIAN):
        raise WeightsError(f'{paths.table} is of a big-endian machine, which is not read')
    count = file.integer(header, _SHARDS)
    shards: dict[int, memoryview] = {}
    arrays: dict[str, np.ndarray] = {}
    taken = 0
    for name, entry in table.items():
        kind = file.integer(entry, _DTYPE)
        if kind not in FLOATING:
            continue
        number = file.integer(entry, _SHARD)
        if not 0 <= number < count:
            raise WeightsError(f'{paths.table} places {name} into a file that there is not')
        if number not in shards:
            shards[number] = map_file(paths.shard(number, count))
        arrays[name] = _array(file, entry, shards[number], f'{name} in {paths.prefix}')
        taken += arrays[name].nbytes
        if taken > _MOST_TIMES * sum(map(len, shards.values())):
            raise WeightsError(f'{paths.table} lists more numbers than there are, up to {name}')
    if not arrays:
        raise WeightsError(f'{paths.table} lists no weights')
    return arrays


def _array(file: MessageFile, entry: memoryview, data: memoryview, name: str) -> np.ndarray:
    if any(True for _ in file.messages(entry, _SLICES)):
        raise WeightsError(f'{name} is in slices, which are not read: freeze the graph')
    message = file.message_in(entry, _SHAPE)
    dims = [] if message is None else file.messages(message, _DIM)
    shape = check_shape([file.integer(dim, _LENGTH) for dim in dims], name)
    kind = np.dtype(FLOATING[file.integer(entry, _DTYPE)])
    offset, size = file.integer(entry, _OFFSET), file.integer(entry, _SIZE)
    if size != math.prod(shape) * kind.itemsize:
        raise WeightsError(f'{name} holds {size} bytes for the shape {shown_shape(shape)}')
    if not 0 <= offset <= len(data) - size:
        raise WeightsError(f'{name} lies outside of its file, which may be cut short')
    values = np.frombuffer(data[offset : offset + size], kind)
    bfloat16 = file.integer(entry, _DTYPE) == BFLOAT16
    return (from_bfloat16(values) if bfloat16 else as_float32(values)).reshape(shape)


class _Table:
    """A sorted table.

    Args:
        data: The file.
        path: Its path, for errors.
    """

    def __init__(self, data: memoryview, path: Path) -> None:
        self.data = data
        self.path = path

    def entries(self) -> Iterator[tuple[str, memoryview]]:
        """Yield the name and the value of each entry."""
        footer = self.data[-_FOOTER:]
        if len(footer) < _FOOTER or int.from_bytes(footer[-8:], 'little') != _MAGIC:
            raise self.broken('it is none, or cut short')
        _, position = self.handle(footer, 0)  # of a block that says more of the table
        (start, size), _ = self.handle(footer, position)
        count = 0
        for _, value in self.block(start, size):
            (start, size), _ = self.handle(value, 0)
            for name, entry in self.block(start, size):
                count += 1
                if count > _MOST:
                    raise self.broken('it has more entries than any network')
                yield shown_name(name.decode(errors='backslashreplace')), entry

    def block(self, start: int, size: int) -> Iterator[tuple[bytes, memoryview]]:
        """Yield the entries of a block."""
        block = self.data[start : start + size]
        if len(self.data) < start + size + 1 or size < 4:
            raise self.broken('it is cut short')
        if self.data[start + size] != _PLAIN:
            raise self.broken('it is compressed, which TensorFlow does not do')
        end = size - 4 * (1 + int.from_bytes(block[-4:], 'little'))
        position, name = 0, b''
        while position < end:
            shared, position = self.number(block, position)
            rest, position = self.number(block, position)
            length, position = self.number(block, position)
            if shared > len(name) or shared + rest > _LONGEST or position + rest + length > end:
                raise self.broken('its entries do not fit')
            name = name[:shared] + bytes(block[position : position + rest])
            yield name, block[position + rest : position + rest + length]
            position += rest + length

    def handle(self, data: memoryview, position: int) -> tuple[tuple[int, int], int]:
        """Read where a block is and how long, and where what follows is."""
        start, position = self.number(data, position)
        size, position = self.number(data, position)
        return (start, size), position

    def number(self, data: memoryview, position: int) -> tuple[int, int]:
        """Read an integer: seven bits in a byte, with a bit that says whether more follow."""
        value = 0
        for shift, byte in enumerate(data[position : position + 10]):
            value |= (byte & 0x7F) << 7 * shift
            if byte < 0x80:
                return value, position + shift + 1
        raise self.broken('a number in it has no end')

    def broken(self, why: str) -> WeightsError:
        return WeightsError(f'{self.path} is no sound index of a checkpoint of TensorFlow: {why}')
