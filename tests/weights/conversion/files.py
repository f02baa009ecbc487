"""Writes files as other frameworks do, a field at a time, without the library under test.

Formats: developers.google.com/protocol-buffers/docs/encoding, Caffe's caffe.proto, TensorFlow's graph.proto.
"""

import struct

import numpy as np


def varint(value):
    data = bytearray()
    while value > 0x7F:
        data.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*data, value])


def field(number, value):
    """A field: an int as a varint, a str or bytes with its length."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def blob(array, *, legacy=False, packed=True):
    array = np.asarray(array, '<f4')
    if legacy:
        shape = (1,) * (4 - array.ndim) + array.shape
        head = b''.join(field(i, n) for i, n in enumerate(shape, 1))
    else:
        head = field(7, field(1, b''.join(map(varint, array.shape))))
    if packed:
        return head + field(5, array.tobytes())
    key = varint(5 << 3 | 5)
    return head + b''.join(key + struct.pack('<f', value) for value in array.ravel())


def caffemodel(layers, *, version=2, **options):
    """A NetParameter. ``layers`` maps names to lists of arrays; those without are there as well."""
    in_net, name_at, blobs_at = (100, 1, 7) if version == 2 else (2, 4, 6)
    data = bytearray(field(1, 'net'))
    for name, arrays in layers.items():
        blobs = b''.join(field(blobs_at, blob(array, **options)) for array in arrays)
        # A phase, which no reader of weights needs to know.
        unknown = field(10, 1) if version == 2 else b''
        data += field(in_net, field(name_at, name) + unknown + blobs)
    return bytes(data)


def tensor(array, dtype=1):
    """A TensorProto that holds its content as bytes."""
    dims = b''.join(field(2, field(1, n)) for n in array.shape)
    return field(1, dtype) + field(2, dims) + field(4, array.tobytes())


def scalar(value):
    """A TensorProto that holds one float, whatever its shape."""
    return field(1, 1) + field(2, b'') + varint(5 << 3 | 5) + struct.pack('<f', value)


def const(name, value):
    """A NodeDef of a constant, given its TensorProto."""
    attributes = [('dtype', field(6, 1)), ('value', field(8, value))]
    attrs = b''.join(field(5, field(1, key) + field(2, data)) for key, data in attributes)
    return field(1, field(1, name) + field(2, 'Const') + attrs)


def frozen_graph(arrays):
    """A GraphDef: constants, each with the node that reads it."""
    data = bytearray()
    for name, array in arrays.items():
        data += const(name, tensor(np.asarray(array, '<f4')))
        data += field(1, field(1, f'{name}/read') + field(2, 'Identity') + field(3, name))
    return bytes(data)


def layer_geometry(convolutions, windows):
    """Layers of a NetParameter that tell strides and dilations, and windows of average pooling.

    Caffe writes them into the same layers as the weights; protocol buffers take both for the layer's.
    """
    data = bytearray()
    for name, (stride, dilation, pad) in convolutions.items():
        parameters = field(3, pad) + field(4, 3) + field(6, stride) + field(18, dilation)
        data += field(100, field(1, name) + field(106, parameters))
    for name, window in windows.items():
        parameters = field(1, 1) + field(2, window) + field(3, window)
        data += field(100, field(1, name) + field(121, parameters))
    return bytes(data)
