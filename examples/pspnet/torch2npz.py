"""Convert a PSPNet of PyTorch (semseg, mmsegmentation) for this library: see README.md."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainercv_seg.cli.convert import run_conversion
from chainercv_seg.cli.parser import Parser
from chainercv_seg.links import Conv2DBNActiv, PSPNet, PSPNetResNet50, PSPNetResNet101
from chainercv_seg.weights.conversion import Conversion, number_of_classes, read_torch_checkpoint

#: Epsilon of PyTorch's batch normalization.
_EPS = 1e-5
# Images are brought to about [-2, 2]; ours only lose the mean.
_MEAN = np.array((123.675, 116.28, 103.53), np.float32)[:, None, None]
_STD = np.array((58.395, 57.12, 57.375), np.float32)[:, None, None]
_DIFFERENT = (
    'note: mmsegmentation enlarges maps with align_corners=False and dilates the first bottleneck of the '
    'last two blocks half as much; this network does as the original, so that its scores differ'
)


@dataclass(frozen=True)
class _Names:
    """What another network calls the parts of ours.

    Attributes:
        head: Convolution and batch normalization of the head.
        scale: The same of a scale of the pyramid, by its number.
        stem: Prefix of the layers before the bottlenecks, which are numbered.
        backbone: Prefix of the blocks.
        last: The last convolution.
    """

    head: tuple[str, str]
    scale: tuple[str, str]
    stem: str
    backbone: str
    last: str

    def modules(self, name: str) -> tuple[str, str]:
        """Names of the convolution and the batch normalization of a ``Conv2DBNActiv`` of ours."""
        first, *parts = name.split('/')
        if first == 'head_conv1':
            return self.head
        if first == 'ppm':
            conv, bn = self.scale
            number = 3 - int(parts[0])  # theirs begin with one bin
            return conv.format(number), bn.format(number)
        if len(parts) == 1:
            i = 3 * (int(parts[0][-1]) - 1)  # a ReLU is the third
            return f'{self.stem}.{i}', f'{self.stem}.{i + 1}'
        conv, bn = _bottleneck_modules(*parts)
        return self.backbone + conv, self.backbone + bn


#: Source: github.com/hszhao/semseg, model/pspnet.py.
_SEMSEG = _Names(
    head=('cls.0', 'cls.1'),
    scale=('ppm.features.{}.1', 'ppm.features.{}.2'),
    stem='layer0',
    backbone='',
    last='cls.4',
)
#: Source: mmsegmentation, ``ResNetV1c`` and ``PSPHead``.
_MMSEG = _Names(
    head=('decode_head.bottleneck.conv', 'decode_head.bottleneck.bn'),
    scale=('decode_head.psp_modules.{}.1.conv', 'decode_head.psp_modules.{}.1.bn'),
    stem='backbone.stem',
    backbone='backbone.',
    last='decode_head.conv_seg',
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Convert; see :func:`~chainercv_seg.cli.convert.run_conversion`."""
    parser = Parser(description='Convert a checkpoint of a PSPNet of PyTorch.')
    return run_conversion(_convert, parser, arguments)


def _convert(options: argparse.Namespace) -> tuple[Any, list[str]]:
    arrays = read_torch_checkpoint(options.source)
    mmseg = any(name.startswith('decode_head.') for name in arrays)
    names = _MMSEG if mmseg else _SEMSEG
    n_class = number_of_classes(
        arrays, f'{names.last}.weight', (None, 512, 1, 1), origin=options.source
    )
    deep = any('layer3.22.' in name for name in arrays)
    network = PSPNetResNet101 if deep else PSPNetResNet50
    link = network(n_class=n_class, initialW=0)
    lines = rules(link, names).apply(link, arrays, origin=options.source)
    return link, [*lines, _DIFFERENT] if mmseg else lines


def rules(link: PSPNet, names: _Names) -> Conversion:
    """Say which module of the other network is which of ours."""
    conversion = Conversion()
    for path, sub in link.namedlinks():
        if isinstance(sub, Conv2DBNActiv):
            name = path.strip('/')
            conv, bn = names.modules(name)
            conversion.use(f'{name}/conv/W', f'{conv}.weight')
            sources = [f'{bn}.{key}' for key in ('weight', 'bias', 'running_mean', 'running_var')]
            conversion.use_batch_norm(f'{name}/bn', sub.bn, *sources, eps=_EPS)
    conv, bn = names.modules('extractor/conv1_1')
    conversion.use('extractor/conv1_1/conv/W', f'{conv}.weight', by=lambda W: W / _STD)
    conversion.use(
        'extractor/conv1_1/bn/avg_mean',
        f'{bn}.running_mean',
        f'{conv}.weight',
        by=lambda mean, W: mean + ((_MEAN - link.mean) * W / _STD).sum(axis=(1, 2, 3)),
    )
    conversion.use('head_conv1/conv/W', f'{names.head[0]}.weight', by=_reorder)
    conversion.use('head_conv2/W', f'{names.last}.weight')
    conversion.use('head_conv2/b', f'{names.last}.bias')
    conversion.leave('aux', 'of the auxiliary classifier, which is used in training only')
    conversion.leave(r'.*\.num_batches_tracked', 'a count of iterations, not a weight')
    return conversion


def _reorder(W: np.ndarray) -> np.ndarray:
    """Bring the input channels from 1, 2, 3, 6 bins into our order: 6, 3, 2, 1."""
    features, *scales = np.split(W, [2048, 2560, 3072, 3584], axis=1)
    return np.concatenate([features, *reversed(scales)], axis=1)


def _bottleneck_modules(block: str, unit: str, conv: str) -> tuple[str, str]:
    """Names in a bottleneck, which both have from torchvision."""
    number = 0 if unit == 'a' else int(unit[1:])
    module = f'layer{int(block.removeprefix("res")) - 1}.{number}'
    if conv == 'residual_conv':
        return f'{module}.downsample.0', f'{module}.downsample.1'
    return f'{module}.{conv}', f'{module}.bn{conv.removeprefix("conv")}'


if __name__ == '__main__':
    sys.exit(main())
