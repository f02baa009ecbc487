"""Which framework wrote a file, and which network of ours it holds."""

import os
from collections.abc import Callable
from pathlib import Path

from chainercv_seg.utils.errors import WeightsError
from chainercv_seg.weights.conversion.caffe_sources import caffe_source
from chainercv_seg.weights.conversion.protobuf import MessageFile
from chainercv_seg.weights.conversion.source import Known, Source
from chainercv_seg.weights.conversion.source_file import kind_of, map_file
from chainercv_seg.weights.conversion.tensorflow_checkpoint import checkpoint_paths
from chainercv_seg.weights.conversion.tensorflow_sources import tensorflow_source
from chainercv_seg.weights.conversion.torch_sources import torch_source

_READ = 'models of Caffe, checkpoints of PyTorch, graphs and checkpoints of TensorFlow'
#: Layers in a net of Caffe, of before 2015 and of today; nodes in a graph of TensorFlow.
_LAYERS, _NODES = (2, 100), 1
#: Fields that are looked at before a message of protocol buffers is given up.
_LOOKED_AT = 1000


def identify(path: str | os.PathLike[str], known: Known) -> Source:
    """Read a file of another framework and tell which network of ours is in it.

    Args:
        path: The file; of a checkpoint of TensorFlow one of its files, or what they begin with.
        known: What its owner knows of it.

    Raises:
        WeightsError: The file is missing or broken, or holds none of our networks. The message says what
            it looks like.
    """
    if checkpoint_paths(path) is not None:
        return tensorflow_source(path, known)
    return _framework(path)(path, known)


def _framework(
    path: str | os.PathLike[str],
) -> Callable[[str | os.PathLike[str], Known], Source]:
    data = map_file(path)
    if not data:
        raise WeightsError(f'{path} is empty')
    if data[:4] == b'PK\x03\x04' and b'.npy' in bytes(data[:512]):
        raise WeightsError(
            f'{path} is a file of NumPy: weights of ChainerCV and of this package need no conversion'
        )
    # PyTorch's own reader says what else an archive or a pickle is.
    if data[:4] == b'PK\x03\x04' or data[:1] == b'\x80' or Path(path).suffix in ('.pth', '.pt'):
        return torch_source
    kind = kind_of(data)
    if kind:
        raise WeightsError(f'{path} looks like {kind}. What is read: {_READ}')
    return caffe_source if _is_caffe(path) else tensorflow_source


def _is_caffe(path: str | os.PathLike[str]) -> bool:
    """Tell a net of Caffe from a graph of TensorFlow by the fields that it begins with."""
    file = MessageFile(path, what='a model of Caffe or a graph of TensorFlow')
    for count, (field, value) in enumerate(file.fields(file.message)):
        if field in _LAYERS and isinstance(value, memoryview):
            return True
        if field == _NODES and isinstance(value, memoryview) and value[:1] == b'\n':
            return False  # a message that begins with its name, as nodes do
        if count > _LOOKED_AT:
            break
    return Path(path).suffix == '.caffemodel'
