"""Writes files as ``torch.save`` does, an instruction at a time, without PyTorch and without ``pickle``."""

import io
import struct
import zipfile

import numpy as np

STORAGES = {
    'f4': 'Float',
    'f8': 'Double',
    'f2': 'Half',
    'i8': 'Long',
    'i1': 'Char',
    'c8': 'ComplexFloat',
}
STORAGES |= {'u1': 'Byte', '?1': 'Bool', 'b1': 'Bool'}


class Raw(bytes):
    """Instructions as they are."""


def pickled(value):
    """The instructions that make a value."""
    if isinstance(value, Raw):
        return value
    if isinstance(value, bool):
        return b'\x88' if value else b'\x89'
    if isinstance(value, int):
        data = value.to_bytes(value.bit_length() // 8 + 1, 'little', signed=True)
        return b'\x8a' + bytes([len(data)]) + data
    if isinstance(value, str):
        data = value.encode()
        return b'X' + struct.pack('<I', len(data)) + data
    if isinstance(value, tuple):
        return b'(' + b''.join(map(pickled, value)) + b't'
    if isinstance(value, list):
        return b'](' + b''.join(map(pickled, value)) + b'e'
    assert isinstance(value, dict)
    return b'}(' + b''.join(pickled(k) + pickled(v) for k, v in value.items()) + b'u'


def imported(name):
    module, _, attribute = name.rpartition('.')
    return Raw(f'c{module}\n{attribute}\n'.encode())


def called(name, *arguments):
    return Raw(imported(name) + pickled(arguments) + b'R')


def stored(key, size, kind='Float', legacy=False):
    """A reference to a storage."""
    reference = 'storage', imported(f'torch.{kind}Storage'), key, 'cpu', size
    return Raw(pickled((*reference, Raw(b'N')) if legacy else reference) + b'Q')


def rebuilt(storage, shape, strides, offset=0):
    """A tensor that lies in a storage."""
    hooks = called('collections.OrderedDict')
    return called('torch._utils._rebuild_tensor_v2', storage, offset, shape, strides, False, hooks)


class Checkpoint:
    """Collects the numbers of tensors, and writes a file of what holds them."""

    def __init__(self, *, legacy=False):
        self._legacy = legacy
        self._storages = {}

    def tensor(self, array, kind=None):
        array = np.asarray(array, order='C')
        kind = kind or STORAGES[array.dtype.kind + str(array.dtype.itemsize)]
        key = str(len(self._storages))
        self._storages[key] = array
        strides = tuple(n // array.itemsize for n in array.strides)
        return rebuilt(stored(key, array.size, kind, self._legacy), array.shape, strides)

    def file(self, content):
        instructions = b'\x80\x02' + pickled(content) + b'.'
        if self._legacy:
            magic = b'\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.'
            head = (
                magic
                + b'\x80\x02M\xe9\x03.'
                + b'\x80\x02'
                + pickled({'little_endian': True})
                + b'.'
            )
            keys = b'\x80\x02' + pickled(list(self._storages)) + b'.'
            storages = [struct.pack('<q', a.size) + a.tobytes() for a in self._storages.values()]
            return head + instructions + keys + b''.join(storages)
        return archive({'data.pkl': instructions, 'version': b'3\n'} | {
            f'data/{key}': array.tobytes() for key, array in self._storages.items()
        })  # fmt: skip


def archive(members, compression=zipfile.ZIP_STORED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w', compression) as zipped:
        for name, data in members.items():
            zipped.writestr(f'archive/{name}', data)
    return file.getvalue()
