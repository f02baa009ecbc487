"""What PSPNets elsewhere call the parts of ours, and how they lay them out."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from chainercv_seg.weights.conversion.table import (
    BGR,
    SAME,
    VECTOR,
    Change,
    Entry,
    normalization,
    units,
)

#: Numbers of bins in our order, in which those of semseg and mmsegmentation are the other way round.
_BINS = (6, 3, 2, 1)
#: Channels of the features before those of the pyramid, and of each of these.
_FEATURES, _LEVEL = 2048, 512
_TORCH = ('weight', 'bias', 'running_mean', 'running_var')
_CAFFE = ('0', '1', '2', '3')


def _reorder(W: np.ndarray) -> np.ndarray:
    """Turn the order of the pyramid's channels round, behind the features."""
    ends = range(_FEATURES, _FEATURES + _LEVEL * len(_BINS), _LEVEL)
    features, *levels = np.split(W, list(ends), axis=1)
    return np.concatenate([features, *reversed(levels)], axis=1)


#: The kernel over features and pyramid where the pyramid begins with one bin.
_REORDERED = Change(_reorder, _reorder)


@dataclass(frozen=True)
class PSPNetNames:
    """The names of another PSPNet.

    Each pair is of a convolution and of the batch normalization behind it, as what stands before the names of
    their arrays.

    Attributes:
        stem: The pairs of the three convolutions before the bottlenecks.
        block: What stands before the names in a bottleneck, from the number of the block, 2 to 5, and of the
            bottleneck in it, from 0.
        bottleneck: The pairs in a bottleneck: of ours ``conv1``, ``conv2``, ``conv3``, ``residual_conv``.
        level: The pair of a level of the pyramid, from its number of bins and its place, one bin first.
        head: The pair of the head.
        last: The last convolution.
        kernel: Name of a kernel behind that of a convolution.
        bias: Name of a bias.
        statistics: Names of scale, shift, mean and variance behind that of a batch normalization.
        image: How the first kernel is laid out.
        pyramid: How the kernel over the pyramid is.
        first_block: Number of our block ``res2`` there.
        first: Number of the first bottleneck of a block there.
        left: Patterns of arrays that ours does not have, and why it needs none.
    """

    stem: tuple[tuple[str, str], ...]
    block: str
    bottleneck: dict[str, tuple[str, str]]
    level: tuple[str, str]
    head: tuple[str, str]
    last: str
    kernel: str = '.weight'
    bias: str = '.bias'
    statistics: tuple[str, ...] = tuple(f'.{name}' for name in _TORCH)
    image: Change = SAME
    pyramid: Change = _REORDERED
    first_block: int = 1
    first: int = 0
    left: tuple[tuple[str, str], ...] = (
        ('.*aux', 'of the auxiliary classifier, which is used in training only'),
        (r'.*\.num_batches_tracked', 'a count of iterations, not a weight'),
    )
    #: Epsilon of the batch normalizations.
    eps: float = 1e-5

    def modules(self, unit: str) -> tuple[str, str]:
        """Name the convolution and the batch normalization that are one of our ``Conv2DBNActiv``."""
        first, *parts = unit.split('/')
        if first == 'head_conv1':
            return self.head
        if first == 'ppm':
            place = len(_BINS) - 1 - int(parts[0])
            ours, bins = int(parts[0]), _BINS[int(parts[0])]
            conv, bn = (name.format(bins=bins, place=place, ours=ours) for name in self.level)
            return conv, bn
        if len(parts) == 1:
            return self.stem[int(parts[0][-1]) - 1]
        block, bottleneck, name = parts
        prefix = self.block.format(
            block=int(block.removeprefix('res')) - 2 + self.first_block,
            bottleneck=self.first + (0 if bottleneck == 'a' else int(bottleneck[1:])),
        )
        conv, bn = (prefix + part for part in self.bottleneck[name])
        return conv, bn

    def table(self, names: Iterable[str]) -> list[Entry]:
        """Write down what each array of a PSPNet of ours is there.

        Args:
            names: Of the arrays of our network.
        """
        entries = []
        changes = {'extractor/conv1_1': self.image, 'head_conv1': self.pyramid}
        for unit in units(names):
            conv, bn = self.modules(unit)
            change = changes.get(unit, SAME)
            entries.append(Entry(f'{unit}/conv/W', f'{conv}{self.kernel}', change))
            entries += normalization(
                f'{unit}/bn', [bn + kind for kind in self.statistics], self.eps
            )
        return [
            *entries,
            Entry('head_conv2/W', f'{self.last}{self.kernel}'),
            Entry('head_conv2/b', f'{self.last}{self.bias}', VECTOR),
        ]


_TORCHVISION = {
    **{f'conv{i}': (f'conv{i}', f'bn{i}') for i in (1, 2, 3)},
    'residual_conv': ('downsample.0', 'downsample.1'),
}

#: Source: github.com/hszhao/semseg, ``model/pspnet.py``.
SEMSEG = PSPNetNames(
    stem=tuple((f'layer0.{i}', f'layer0.{i + 1}') for i in (0, 3, 6)),
    block='layer{block}.{bottleneck}.',
    bottleneck=_TORCHVISION,
    level=('ppm.features.{place}.1', 'ppm.features.{place}.2'),
    head=('cls.0', 'cls.1'),
    last='cls.4',
)
#: Source: github.com/open-mmlab/mmsegmentation, ``ResNetV1c`` and ``PSPHead``.
MMSEGMENTATION = PSPNetNames(
    stem=tuple((f'backbone.stem.{i}', f'backbone.stem.{i + 1}') for i in (0, 3, 6)),
    block='backbone.layer{block}.{bottleneck}.',
    bottleneck=_TORCHVISION,
    level=('decode_head.psp_modules.{place}.1.conv', 'decode_head.psp_modules.{place}.1.bn'),
    head=('decode_head.bottleneck.conv', 'decode_head.bottleneck.bn'),
    last='decode_head.conv_seg',
)
#: Source: github.com/meetps/pytorch-semseg, ``ptsemseg/models/pspnet.py``. Its images are BGR.
PYTORCH_SEMSEG = PSPNetNames(
    stem=tuple((f'convbnrelu1_{i}.cbr_unit.0', f'convbnrelu1_{i}.cbr_unit.1') for i in (1, 2, 3)),
    block='res_block{block}.layers.{bottleneck}.',
    bottleneck={
        **{f'conv{i}': (f'cbr{i}.cbr_unit.0', f'cbr{i}.cbr_unit.1') for i in (1, 2)},
        'conv3': ('cb3.cb_unit.0', 'cb3.cb_unit.1'),
        'residual_conv': ('cb4.cb_unit.0', 'cb4.cb_unit.1'),
    },
    level=(
        'pyramid_pooling.path_module_list.{ours}.cbr_unit.0',
        'pyramid_pooling.path_module_list.{ours}.cbr_unit.1',
    ),
    head=('cbr_final.cbr_unit.0', 'cbr_final.cbr_unit.1'),
    last='classification',
    image=BGR,
    pyramid=SAME,
    first_block=2,
)
#: Source: github.com/hszhao/PSPNet, ``evaluation/prototxt``. Its images are BGR.
CAFFE = PSPNetNames(
    stem=tuple((name, f'{name}/bn') for name in ('conv1_1_3x3_s2', 'conv1_2_3x3', 'conv1_3_3x3')),
    block='conv{block}_{bottleneck}_',
    bottleneck={
        ours: (theirs, f'{theirs}/bn')
        for ours, theirs in (
            ('conv1', '1x1_reduce'),
            ('conv2', '3x3'),
            ('conv3', '1x1_increase'),
            ('residual_conv', '1x1_proj'),
        )
    },
    level=('conv5_3_pool{bins}_conv', 'conv5_3_pool{bins}_conv/bn'),
    head=('conv5_4', 'conv5_4/bn'),
    last='conv6',
    kernel='/0',
    bias='/1',
    statistics=tuple(f'/{name}' for name in _CAFFE),
    image=BGR,
    pyramid=SAME,
    first_block=2,
    first=1,
    left=(('.*aux', 'of the auxiliary classifier, which is used in training only'),),
)
