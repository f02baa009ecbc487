"""Reading the weight files of Caffe, without Caffe."""

import math
import os

import numpy as np

from chainercv_seg.utils.errors import WeightsError
from chainercv_seg.weights.conversion.floats import as_float32
from chainercv_seg.weights.conversion.protobuf import MessageFile
from chainercv_seg.weights.conversion.source_file import check_shape, shown_shape

# Numbers of the fields, from src/caffe/proto/caffe.proto of BVLC Caffe. Layers in a net, of before 2015
# and of today, with name and blobs in each:
_LAYERS = {2: (4, 6), 100: (1, 7)}
# In a blob: num, channels, height and width, which older files have instead of a shape; numbers; shape.
_SIZES, _FLOATS, _SHAPE, _DOUBLES = (1, 2, 3, 4), 5, 7, 8
_DIMENSIONS = 1


def read_caffemodel(path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """Read a ``.caffemodel``, of today's layers or of those before 2015.

    Args:
        path: The file.

    Returns:
        The arrays by name of the layer and number: ``'conv1/0'`` (float32; for a convolution the kernel),
        ``'conv1/1'`` (its bias).

    Raises:
        WeightsError: The file is missing, broken, or holds no weights.
    """
    file = MessageFile(path, what='a model of Caffe')
    arrays: dict[str, np.ndarray] = {}
    for field, layer in file.fields(file.message):
        if field not in _LAYERS or isinstance(layer, int):
            continue
        name_at, blobs_at = _LAYERS[field]
        layer_name = file.text(layer, name_at)
        for number, blob in enumerate(file.messages(layer, blobs_at)):
            name = f'{layer_name}/{number}'
            if name in arrays:
                raise WeightsError(f'{path} holds {name} twice')
            arrays[name] = _array(file, blob, f'{name} in {path}')
    if not arrays:
        raise WeightsError(f'{path} holds no layer with weights: it is not a model of Caffe')
    return arrays


def _array(file: MessageFile, blob: memoryview, name: str) -> np.ndarray:
    message = file.message_in(blob, _SHAPE)
    if message is None:
        sizes = [file.integer(blob, number) for number in _SIZES]
    else:
        sizes = file.integers(message, _DIMENSIONS)
    shape = check_shape(sizes, name)
    kind: np.dtype = np.dtype('<f4')
    data = file.numbers(blob, _FLOATS)
    if not data:
        data, kind = file.numbers(blob, _DOUBLES), np.dtype('<f8')
    if len(data) != kind.itemsize * math.prod(shape):
        raise WeightsError(
            f'{name} holds {len(data) / kind.itemsize:.10g} numbers for the shape {shown_shape(shape)}'
        )
    return as_float32(np.frombuffer(data, kind)).reshape(shape)
