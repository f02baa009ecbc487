"""Writes checkpoints of TensorFlow: a sorted table of names, and the numbers behind each other."""

import struct

import numpy as np

from tests.weights.conversion.files import field, varint

MAGIC = 0xDB4775248B80FB57
KINDS = {'<f4': 1, '<f8': 2, '<f2': 19, '<i8': 9}


def block(entries, interval=16):
    """A block of a table: names share their beginnings with those before, but every so often."""
    data, restarts, before = bytearray(), [], b''
    for i, (name, value) in enumerate(entries):
        shared = 0
        if i % interval:
            while shared < min(len(name), len(before)) and name[shared] == before[shared]:
                shared += 1
        else:
            restarts.append(len(data))
        data += varint(shared) + varint(len(name) - shared) + varint(len(value))
        data += name[shared:] + value
        before = name
    data += b''.join(struct.pack('<I', n) for n in [*restarts, len(restarts)])
    return bytes(data)


def table(entries, per_block=7):
    """A sorted table of names and values."""
    entries = sorted(entries)
    data, index = bytearray(), []

    def write(content, kind=0):
        handle = varint(len(data)) + varint(len(content))
        data.extend(content + bytes([kind]) + b'\0\0\0\0')  # a checksum, which is not looked at
        return handle

    for start in range(0, len(entries), per_block):
        part = entries[start : start + per_block]
        index.append((part[-1][0], write(block(part))))
    handles = write(block([])) + write(block(index, interval=1))
    return bytes(data) + handles.ljust(40, b'\0') + struct.pack('<Q', MAGIC)


def write_checkpoint(prefix, arrays, *, shards=1, graph=None):
    """Write ``PREFIX.index``, the data files, and ``PREFIX.meta`` where there is a graph."""
    contents = [bytearray() for _ in range(shards)]
    entries = [(b'', field(1, shards) + field(3, field(1, 1)))]
    for i, (name, array) in enumerate(sorted(arrays.items())):
        array = np.asarray(array)
        data = contents[i % shards]
        shape = b''.join(field(2, field(1, n)) for n in array.shape)
        entry = field(1, KINDS[array.dtype.str]) + field(2, shape) + field(3, i % shards)
        entry += field(4, len(data)) + field(5, array.nbytes)
        entry += varint(6 << 3 | 5) + b'\0\0\0\0'
        entries.append((name.encode(), entry))
        data += array.tobytes()
    for i, content in enumerate(contents):
        (prefix.parent / f'{prefix.name}.data-{i:05d}-of-{shards:05d}').write_bytes(content)
    (prefix.parent / f'{prefix.name}.index').write_bytes(table(entries))
    if graph is not None:
        (prefix.parent / f'{prefix.name}.meta').write_bytes(field(1, b'') + field(2, graph))
