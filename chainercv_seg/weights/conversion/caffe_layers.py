"""The strides, dilations and windows of Caffe's layers, from a model or from its prototxt."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from chainercv_seg.utils.errors import DatasetError, WeightsError
from chainercv_seg.utils.text_files import read_lines
from chainercv_seg.weights.conversion.protobuf import MessageFile
from chainercv_seg.weights.conversion.source_file import shown_name

# Numbers of the fields, from src/caffe/proto/caffe.proto: layers in a net; in a layer its name and the
# parameters of convolution and pooling; in these the kernel, the stride and the dilation.
_LAYERS, _NAME = 100, 1
_CONVOLUTION, _POOLING = 106, 121
_FIELDS = {_CONVOLUTION: (4, 6, 18), _POOLING: (2, 3, None)}
_TOKEN = re.compile(r'#[^\n]*|"[^"\n]*"|\'[^\'\n]*\'|[{}:]|[^\s{}:#"\']+')
#: Several times more words than prototxts have, and how deep they nest.
_MOST_TOKENS, _DEPTH = 2**18, 16


class Layer(NamedTuple):
    """What a layer of Caffe does along both axes; 1 and 1 where nothing is said.

    Attributes:
        kernel: Height and width of the kernel or the window, None where it is not said.
        stride: Its stride.
        dilation: Its dilation.
    """

    kernel: int | None
    stride: int = 1
    dilation: int = 1


def layers_in_model(path: str | os.PathLike[str]) -> dict[str, Layer]:
    """Read the convolutions and poolings of a ``.caffemodel``, which Caffe writes beside the weights.

    Args:
        path: The file.

    Returns:
        The layers by name. Empty where the file holds weights alone.
    """
    file = MessageFile(path, what='a model of Caffe')
    found = {}
    for layer in file.messages(file.message, _LAYERS):
        for field, (kernel, stride, dilation) in _FIELDS.items():
            parameters = file.message_in(layer, field)
            if parameters is None:
                continue
            strides = file.integers(parameters, stride)
            dilations = [] if dilation is None else file.integers(parameters, dilation)
            kernels = file.integers(parameters, kernel)
            found[file.text(layer, _NAME)] = Layer(
                kernels[-1] if kernels else None,
                strides[-1] if strides else 1,
                dilations[-1] if dilations else 1,
            )
    return found


def layers_in_prototxt(path: str | os.PathLike[str]) -> dict[str, Layer]:
    """Read the convolutions and poolings of a ``.prototxt``.

    Raises:
        WeightsError: The file cannot be read, or is no such text.
    """
    try:
        text = '\n'.join(read_lines(Path(path)))
    except DatasetError as error:
        raise WeightsError(str(error)) from error
    tokens = (token for token in _TOKEN.findall(text) if not token.startswith('#'))
    try:
        blocks = _block(_limited(tokens), _DEPTH, outermost=True)
    except (ValueError, StopIteration) as error:
        raise WeightsError(f'{path} is no prototxt of Caffe') from error
    found = {}
    for layer in [*blocks.get('layer', []), *blocks.get('layers', [])]:
        for name in ('convolution_param', 'pooling_param'):
            for parameters in layer.get(name, []) if isinstance(layer, dict) else []:
                found[_last(layer, 'name', '')] = Layer(
                    _number(parameters, 'kernel_size', None),
                    _number(parameters, 'stride', 1),
                    _number(parameters, 'dilation', 1),
                )
    if not found:
        raise WeightsError(f'{path} describes no layer: it is no prototxt of Caffe')
    return found


def _limited(tokens: Iterator[str]) -> Iterator[str]:
    for number, token in enumerate(tokens):
        if number > _MOST_TOKENS:
            raise ValueError('too long')
        yield token


def _block(tokens: Iterator[str], depth: int, *, outermost: bool = False) -> dict[str, list[Any]]:
    """Read what stands between braces: for each name all of its values, which may be blocks."""
    if not depth:
        raise ValueError('too deep')
    block: dict[str, list[Any]] = {}
    for name in tokens:
        if name == '}':
            if outermost:
                raise ValueError('a brace too many')
            return block
        value = next(tokens, None)
        if value == ':':
            value = next(tokens, None)
        if value is None or value == '}' or name in '{:':
            raise ValueError('not in pairs')
        block.setdefault(name, []).append(_block(tokens, depth - 1) if value == '{' else value)
    if not outermost:
        raise ValueError('a brace too few')
    return block


def _last(block: Any, name: str, absent: str) -> str:
    values = block.get(name) if isinstance(block, dict) else None
    value = values[-1] if values else absent
    return shown_name(value.strip('"\'')) if isinstance(value, str) else absent


def _number(block: Any, name: str, absent: Any) -> Any:
    value = _last(block, name, '')
    return int(value) if value.isascii() and value.isdigit() and len(value) < 6 else absent
