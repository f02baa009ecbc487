"""Convert the official DeepLabV3+ (TensorFlow) for this library: see README.md beside this file."""

import argparse
import re
import sys
from collections.abc import Sequence
from typing import Any

from chainercv_seg.cli.convert import run_conversion
from chainercv_seg.cli.parser import Parser
from chainercv_seg.links import Conv2DBNActiv, DeepLabV3plusXception65, SeparableConv2DBNActiv
from chainercv_seg.utils.errors import UsageError, WeightsError
from chainercv_seg.weights import list_weights
from chainercv_seg.weights.conversion import Conversion, number_of_classes, read_frozen_graph

# Epsilons of the batch normalizations in the extractor, and elsewhere.
_XCEPTION_EPS = 1e-3
_EPS = 1e-5
_SCOPES = {
    'aspp/image_pooling_conv': 'image_pooling',
    'aspp/conv1x1': 'aspp0',
    'aspp/atrous1': 'aspp1',
    'aspp/atrous2': 'aspp2',
    'aspp/atrous3': 'aspp3',
    'aspp/proj': 'concat_projection',
    'decoder/feature_proj': 'decoder/feature_projection0',
    'decoder/conv1': 'decoder/decoder_conv0',
    'decoder/conv2': 'decoder/decoder_conv1',
    'feature_extractor/entryflow_conv1': 'xception_65/entry_flow/conv1_1',
    'feature_extractor/entryflow_conv2': 'xception_65/entry_flow/conv1_2',
}
_LOGITS = 'logits/semantic'


def main(arguments: Sequence[str] | None = None) -> int:
    """Convert; see :func:`~chainercv_seg.cli.convert.run_conversion`."""
    parser = Parser(description='Convert a frozen graph of DeepLabV3+ with Xception-65.')
    parser.add_argument(
        '--task',
        choices=['voc', 'cityscapes', 'ade20k'],
        required=True,
        help='what the graph was trained on: the background class of ade20k is dropped',
    )
    return run_conversion(_convert, parser, arguments)


def _convert(options: argparse.Namespace) -> tuple[Any, list[str]]:
    published = {record.file_name for record in list_weights(DeepLabV3plusXception65.weights_model)}
    if options.output.name in published:
        raise UsageError(
            f'{options.output.name} is the name of published weights, which need other arguments: '
            'choose another'
        )
    arrays = read_frozen_graph(options.source)
    background = options.task == 'ade20k'
    n_class = number_of_classes(
        arrays, f'{_LOGITS}/weights', (1, 1, 256, None), origin=options.source
    )
    if background and n_class == 1:
        raise WeightsError(f'{options.source} has one class, and so none but the background')
    link = DeepLabV3plusXception65(n_class=n_class - background, min_input_size=(513, 513))
    conversion = rules(link, first_class=int(background))
    return link, conversion.apply(link, arrays, origin=options.source)


def rules(link: DeepLabV3plusXception65, *, first_class: int) -> Conversion:
    """Say which variable of the official network is which array of ours.

    Args:
        link: Our network.
        first_class: Number of the graph's class that becomes class 0.
    """
    conversion = Conversion()
    for path, sub in link.namedlinks():
        name = path.strip('/')
        if isinstance(sub, Conv2DBNActiv):
            _use(conversion, f'{name}/conv', _scope(name), f'{name}/bn', sub.bn)
        elif isinstance(sub, SeparableConv2DBNActiv):
            scope = _scope(name)
            _use(conversion, f'{name}/depthwise', f'{scope}_depthwise', f'{name}/dw_bn', sub.dw_bn)
            _use(conversion, f'{name}/pointwise', f'{scope}_pointwise', f'{name}/pw_bn', sub.pw_bn)
    conversion.use(
        'decoder/conv_logits/W',
        f'{_LOGITS}/weights',
        by=lambda W: W.transpose(3, 2, 0, 1)[first_class:],
    )
    conversion.use('decoder/conv_logits/b', f'{_LOGITS}/biases', by=lambda b: b[first_class:])
    variables = 'weights|depthwise_weights|biases|gamma|beta|moving_mean|moving_variance'
    conversion.leave(rf'(?!.*/({variables})$)', 'a constant of the graph, not a variable')
    return conversion


def _use(conversion: Conversion, conv: str, scope: str, bn: str, bn_link: Any) -> None:
    """Rules for a convolution (H, W, input, output or multiplier) and its batch normalization."""
    if conv.endswith('/depthwise'):
        conversion.use(
            f'{conv}/W', f'{scope}/depthwise_weights', by=lambda W: W.transpose(2, 3, 0, 1)
        )
    else:
        conversion.use(f'{conv}/W', f'{scope}/weights', by=lambda W: W.transpose(3, 2, 0, 1))
    keys = ('gamma', 'beta', 'moving_mean', 'moving_variance')
    sources = [f'{scope}/BatchNorm/{key}' for key in keys]
    eps = _XCEPTION_EPS if scope.startswith('xception') else _EPS
    conversion.use_batch_norm(bn, bn_link, *sources, eps=eps)


def _scope(name: str) -> str:
    """Scope of the variables of a convolution, for a separable one without what follows."""
    if name in _SCOPES:
        return _SCOPES[name]
    matched = re.fullmatch(r'feature_extractor/(entry|middle|exit)flow_block(\d+)/(.+)', name)
    assert matched is not None, name
    flow, number, part = matched.groups()
    block, unit = (1, number) if flow == 'middle' else (number, 1)
    part = 'shortcut' if part == 'conv' else part.replace('separable', 'separable_conv')
    return f'xception_65/{flow}_flow/block{block}/unit_{unit}/xception_module/{part}'


if __name__ == '__main__':
    sys.exit(main())
