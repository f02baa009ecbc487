"""What the official DeepLabV3+ of TensorFlow calls the parts of ours, and how it lays them out."""

import re
from collections.abc import Iterable

from chainercv_seg.weights.conversion.table import (
    HWI1,
    HWIO,
    Entry,
    normalization,
    separable_units,
    units,
)

# Source: github.com/tensorflow/models, research/deeplab.
#: Epsilons of the batch normalizations in the extractor, and elsewhere.
XCEPTION_EPS, EPS = 1e-3, 1e-5
#: The last layer.
LOGITS = 'logits/semantic'
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
_STATISTICS = ('gamma', 'beta', 'moving_mean', 'moving_variance')
#: Patterns of what ours does not have, and why it needs none.
LEFT = (
    (
        rf'(?!.*/(weights|depthwise_weights|biases|{"|".join(_STATISTICS)})$)',
        'a constant of the graph, not a variable',
    ),
)


def scope(unit: str) -> str:
    """Name the scope of the variables of a convolution of ours, for a separable one without what follows."""
    if unit in _SCOPES:
        return _SCOPES[unit]
    matched = re.fullmatch(r'feature_extractor/(entry|middle|exit)flow_block(\d+)/(.+)', unit)
    if matched is None:
        raise ValueError(f'{unit} is no part of DeepLabV3+')
    flow, number, part = matched.groups()
    block, repeated = (1, number) if flow == 'middle' else (number, 1)
    part = 'shortcut' if part == 'conv' else part.replace('separable', 'separable_conv')
    return f'xception_65/{flow}_flow/block{block}/unit_{repeated}/xception_module/{part}'


def deeplab_table(names: Iterable[str]) -> list[Entry]:
    """Write down what each array of a DeepLabV3+ of ours is there.

    Args:
        names: Of the arrays of our network.
    """
    names = list(names)
    entries = []
    for unit in units(names):
        entries += _convolution(f'{unit}/conv', f'{unit}/bn', scope(unit))
    for unit in separable_units(names):
        entries += _convolution(f'{unit}/depthwise', f'{unit}/dw_bn', f'{scope(unit)}_depthwise')
        entries += _convolution(f'{unit}/pointwise', f'{unit}/pw_bn', f'{scope(unit)}_pointwise')
    return [
        *entries,
        Entry('decoder/conv_logits/W', f'{LOGITS}/weights', HWIO),
        Entry('decoder/conv_logits/b', f'{LOGITS}/biases'),
    ]


def _convolution(conv: str, bn: str, there: str) -> list[Entry]:
    depthwise = conv.endswith('/depthwise')
    kernel, change = ('depthwise_weights', HWI1) if depthwise else ('weights', HWIO)
    eps = XCEPTION_EPS if there.startswith('xception') else EPS
    statistics = [f'{there}/BatchNorm/{kind}' for kind in _STATISTICS]
    return [Entry(f'{conv}/W', f'{there}/{kernel}', change), *normalization(bn, statistics, eps)]
