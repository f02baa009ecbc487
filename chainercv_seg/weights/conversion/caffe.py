"""Reading the weight files of Caffe, without Caffe."""

import math
import os
from functools import cache
from typing import Any

import numpy as np

from chainercv_seg.utils.errors import WeightsError
from chainercv_seg.weights.conversion.protobuf import message_class, read_message


@cache
def net_parameter() -> Any:
    """Return the class of Caffe's ``NetParameter``, with what weights need of it.

    Source: ``src/caffe/proto/caffe.proto`` of BVLC Caffe.
    """
    messages = {
        'BlobShape': [('dim', 1, 'int64', True)],
        'BlobProto': [
            ('num', 1, 'int32', False),
            ('channels', 2, 'int32', False),
            ('height', 3, 'int32', False),
            ('width', 4, 'int32', False),
            ('data', 5, 'float', True),
            ('shape', 7, 'BlobShape', False),
            ('double_data', 8, 'double', True),
        ],
        'LayerParameter': [('name', 1, 'string', False), ('blobs', 7, 'BlobProto', True)],
        'V1LayerParameter': [('name', 4, 'string', False), ('blobs', 6, 'BlobProto', True)],
        'NetParameter': [
            ('name', 1, 'string', False),
            ('layers', 2, 'V1LayerParameter', True),
            ('layer', 100, 'LayerParameter', True),
        ],
    }
    return message_class(messages, 'NetParameter')


def read_caffemodel(path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """Read a ``.caffemodel``, of today's layers or of those before 2015.

    Args:
        path: The file.

    Returns:
        The arrays by name of the layer and number: ``'conv1/0'`` (float32; for a convolution the kernel),
        ``'conv1/1'`` (its bias).

    Raises:
        MissingExtraError: protobuf is not installed.
        WeightsError: The file is missing, broken, or holds no weights.
    """
    net = read_message(path, net_parameter(), what='a model of Caffe')
    arrays = {
        f'{layer.name}/{number}': _array(blob, f'{layer.name}/{number} in {path}')
        for layer in (*net.layers, *net.layer)
        for number, blob in enumerate(layer.blobs)
    }
    if not arrays:
        raise WeightsError(f'{path} holds no layer with weights: it is not a model of Caffe')
    return arrays


def _array(blob: Any, name: str) -> np.ndarray:
    if blob.HasField('shape'):
        shape = tuple(blob.shape.dim)
    else:
        shape = blob.num, blob.channels, blob.height, blob.width
    values = np.fromiter(blob.data or blob.double_data, np.float32)
    if values.size != math.prod(shape):
        raise WeightsError(f'{name} holds {values.size} numbers for the shape {shape}')
    return values.reshape(shape)
