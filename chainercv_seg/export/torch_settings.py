"""What the modules of PyTorch are told of a network, and what their arrays are."""

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import numpy as np

from chainercv_seg.engines.program import Node, Weights
from chainercv_seg.links import DeepLabV3plusXception65, PSPNet, SegNetBasic
from chainercv_seg.links.convolution import leave_unset
from chainercv_seg.prepared.program_of import program_of
from chainercv_seg.transforms import resize_backend
from chainercv_seg.weights.conversion import array_names
from chainercv_seg.weights.conversion.pspnet_names import SEMSEG
from chainercv_seg.weights.conversion.table import Entry, to_theirs
from chainercv_seg.weights.conversion.torch_names import torch_table

#: By what semseg divides images. ChainerCV does not: its first kernel is multiplied instead.
_STD = (58.395, 57.12, 57.375)
_FIRST = 'extractor/conv1_1/conv/W'


def torch_settings(link: Any) -> tuple[str, dict[str, Any]]:
    """Tell the module that is a network, and its arguments.

    Args:
        link: A network of `chainercv_seg.links`.

    Returns:
        The name of its source in ``torch_sources``; what its class takes.

    Raises:
        TypeError: A part of the network is not as its class makes it.
    """
    if isinstance(link, SegNetBasic):
        source, settings = 'segnet', {'antialias': resize_backend() == 'PIL'}
        fresh: Any = SegNetBasic(link.n_class, initialW=leave_unset)
    elif isinstance(link, PSPNet):
        source, settings = 'pspnet', _pspnet(link)
        stored = link.stored_arguments()
        arguments = stored.arguments if stored else {}
        fresh = type(link)(
            **{'n_class': link.n_class, 'input_size': link.input_size, **arguments},
            initialW=leave_unset,
        )
    elif isinstance(link, DeepLabV3plusXception65):
        source, settings = 'deeplab', _deeplab(link)
        fresh = DeepLabV3plusXception65(
            link.n_class,
            extractor_kwargs={'output_stride': settings['output_stride'], 'initialW': leave_unset},
            aspp_kwargs={'dilate_list': settings['rates'], 'initialW': leave_unset},
            decoder_kwargs={'initialW': leave_unset},
        )
    else:
        raise TypeError(f'there is no module of PyTorch that is {type(link).__name__}')
    if _outline(link) != _outline(fresh):
        raise TypeError(
            f'this {type(link).__name__} has other parts than its class makes: there is no module of PyTorch '
            'that has them'
        )
    return source, {'n_class': link.n_class, **settings}


def _pspnet(link: PSPNet) -> dict[str, Any]:
    std = _STD if link.std is None else _numbers(link.std)
    return {
        'layers': list(link.extractor.blocks[link.n_layer]),
        'input_size': list(link.input_size),
        'mean': [0.0] * 3 if link.mean is None else _numbers(link.mean),
        'std': list(std),
        'windows': None if link.ppm.adaptive else [list(k) for k in reversed(link.ppm.ksizes)],
        'align_corners': link.align_corners,
        **{
            name: list(value) if isinstance(value, tuple) else value
            for name, value in link.extractor.variant.items()
        },
    }


def _deeplab(link: DeepLabV3plusXception65) -> dict[str, Any]:
    background = np.unique(link.feature_extractor.mean)
    if background.size > 1:
        raise TypeError('there is no module of PyTorch with a canvas that is not grey')
    return {
        'min_input_size': list(link.min_input_size),
        'background': float(background[0]),
        'rates': [
            link.aspp[name].depthwise.dilate[0] for name in ('atrous1', 'atrous2', 'atrous3')
        ],
        'output_stride': link.feature_extractor.output_stride,
        'softmax_first': link.softmax_first,
    }


def _numbers(array: np.ndarray) -> list[float]:
    return [float(value) for value in np.ravel(array)]


def _outline(link: Any) -> list[Node]:
    """What a network computes, but for its numbers."""
    program, _ = program_of(link)
    return [
        replace(
            node,
            **{
                field.name: Weights(value.shape, tuple)  # type: ignore[arg-type]
                for field in fields(node)
                if isinstance(value := getattr(node, field.name), Weights)
            },
        )
        for node in program.nodes
    ]


def torch_arrays(link: Any) -> Iterator[tuple[str, np.ndarray]]:
    """Make the arrays of the module that is a network.

    Yields:
        The name of each, and the array.
    """
    links = dict(link.namedlinks())
    for entry in torch_entries(link):
        path, _, attribute = entry.ours.rpartition('/')
        own = links[f'/{path}']
        value = getattr(own, attribute)
        array = to_theirs(entry, getattr(value, 'array', value), getattr(own, 'eps', None))
        if entry.ours == _FIRST and link.std is None:
            array = array * np.array(_STD, array.dtype)[:, None, None]
        yield entry.theirs, array


def torch_entries(link: Any) -> list[Entry]:
    """Write down what each array of a network is in the module: the table of names."""
    names = array_names(link)
    return SEMSEG.table(names) if isinstance(link, PSPNet) else torch_table(names)
