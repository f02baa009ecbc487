"""PSPNet as a program."""

from functools import partial
from typing import Any

import chainer.functions as F

from chainercv_seg.engines.program import Image, Join, Map, MaxPool, MeanPool, Program
from chainercv_seg.links import Bottleneck, DilatedResNet, PSPNet, PyramidPoolingModule, ResBlock
from chainercv_seg.prepared.folding import bare_convolution, convolution
from chainercv_seg.prepared.known import check_known

#: The layers of `DilatedResNet`, of which pooling is a function.
_LAYERS = ['conv1_1', 'conv1_2', 'conv1_3', 'pool1', 'res2', 'res3', 'res4', 'res5']


def write_pspnet(link: PSPNet) -> Program:
    """Describe PSPNet; its scores are an eighth of the input's size.

    Raises:
        TypeError: A part of it is not known.
    """
    program = Program()
    if link.extractor.pick != ('res4', 'res5'):
        raise TypeError(f'expected an extractor that picks res4 and res5: {link.extractor.pick}')
    x = _resnet(program, program.write(Image()), link.extractor)
    check_known(link.ppm, PyramidPoolingModule)
    levels = [
        convolution(program, program.write(_means(x, link.ppm, i)), projection)
        for i, projection in enumerate(link.ppm)
    ]
    joined = Join(x=x, maps=(x, *levels), align_corners=link.ppm.align_corners)
    h = convolution(program, program.write(joined), link.head_conv1)
    bare_convolution(program, h, link.head_conv2)
    return program


def _means(x: Map, link: PyramidPoolingModule, i: int) -> MeanPool:
    """Describe the pooling of a level. One bin that is adaptive is the whole map."""
    if not link.adaptive:
        return MeanPool(x=x, window=link.ksizes[i])
    return MeanPool(x=x, bins=None if link.pyramids[i] == 1 else link.pyramids[i])


def _resnet(program: Program, x: Map, link: DilatedResNet) -> Map:
    check_known(link, DilatedResNet)
    if link.layer_names != _LAYERS:
        raise TypeError(
            f'expected the layers {_LAYERS} in a network to optimize: {link.layer_names}'
        )
    for name in _LAYERS:
        layer: Any = getattr(link, name)
        if name.startswith('conv'):
            x = convolution(program, x, layer)
        elif name.startswith('res'):
            check_known(layer, ResBlock)
            if layer.pick not in (None, layer.layer_names[-1]):
                raise TypeError(
                    f'expected {name} to give its last layer, but it picks {layer.pick}'
                )
            for bottleneck in layer.layer_names:
                x = _bottleneck(program, x, layer[bottleneck])
        else:
            x = program.write(MaxPool(x=x, **_window(layer)))
    return x


def _window(pool: Any) -> dict[str, Any]:
    """Return the arguments of max pooling, where it is nothing else."""
    arguments = pool.keywords if isinstance(pool, partial) else {}
    if not (
        isinstance(pool, partial)
        and pool.func is F.max_pooling_2d
        and not pool.args
        and arguments.keys() - {'cover_all'} == {'ksize', 'stride', 'pad'}
        and all(isinstance(number, int) for number in arguments.values())
    ):
        raise TypeError(f'expected max pooling as pool1 in a network to optimize, found {pool!r}')
    return {
        'window': arguments['ksize'],
        'stride': arguments['stride'],
        'pad': arguments['pad'],
        'cover_all': bool(arguments.get('cover_all', True)),
    }


def _bottleneck(program: Program, x: Map, link: Bottleneck) -> Map:
    check_known(link, Bottleneck)
    if hasattr(link, 'se'):
        raise TypeError('expected bottlenecks without squeeze and excitation to optimize')
    h = convolution(program, convolution(program, x, link.conv1), link.conv2)
    residual = convolution(program, x, link.residual_conv) if hasattr(link, 'residual_conv') else x
    if link.conv3.activ is not None:
        raise TypeError(f'expected no activation before the sum, found {link.conv3.activ!r}')
    return convolution(program, h, link.conv3, add=residual, relu=True)
