"""The same networks for PyTorch, computed with its functions from weight files of Chainer's layout."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor


class Network(torch.nn.Module):
    """A network from images to label maps.

    Args:
        model: ``'segnet'``, ``'pspnet'`` or ``'deeplab'``.
        weights: A weight file.
        input_size: Size of the images of PSPNet, which sets its pooling.
    """

    def __init__(self, model: str, weights: Path, input_size: tuple[int, int]) -> None:
        super().__init__()
        with np.load(weights) as npz:
            self.weights = {name: torch.from_numpy(npz[name]) for name in npz.files}
        self.weights['mean'] = torch.tensor((123.68, 116.779, 103.939))[:, None, None]
        self.model: Callable[..., Tensor] = {
            'segnet': segnet,
            'pspnet': lambda net, x: pspnet(net, x, tuple(n // 8 for n in input_size)),
            'deeplab': deeplab,
        }[model]

    def forward(self, images: Tensor) -> Tensor:
        """Classify the pixels of ``(N, 3, H, W)`` images in [0, 255]: ``(N, H, W)`` int64."""
        return self.scores(images).argmax(dim=1)

    def scores(self, images: Tensor) -> Tensor:
        """Compute what the class is chosen by, in training what the loss is made of."""
        return self.model(self, images)

    def conv(self, x: Tensor, name: str, **arguments: Any) -> Tensor:
        """Convolve."""
        return F.conv2d(x, self.weights[f'{name}/W'], self.weights.get(f'{name}/b'), **arguments)

    def bn(self, x: Tensor, name: str) -> Tensor:
        """Normalize by the running statistics, in training by those of the batch."""
        names = ('avg_mean', 'avg_var', 'gamma', 'beta')
        arrays = (self.weights[f'{name}/{key}'] for key in names)
        return F.batch_norm(x, *arrays, training=self.training, eps=2e-5)

    def unit(self, x: Tensor, name: str, *, relu: bool = True, **arguments: Any) -> Tensor:
        """Convolve, normalize, ReLU."""
        h = self.bn(self.conv(x, f'{name}/conv', **arguments), f'{name}/bn')
        return F.relu_(h) if relu else h

    def separable(
        self, x: Tensor, name: str, *, relus: tuple[bool, bool], stride: int = 1, dilate: int = 1
    ) -> Tensor:
        """Convolve channel by channel, then pixel by pixel."""
        h = self.conv(
            x,
            f'{name}/depthwise',
            stride=stride,
            padding=dilate,
            dilation=dilate,
            groups=x.shape[1],
        )
        h = self.bn(h, f'{name}/dw_bn')
        h = self.bn(self.conv(F.relu_(h) if relus[0] else h, f'{name}/pointwise'), f'{name}/pw_bn')
        return F.relu_(h) if relus[1] else h


def resize(x: Tensor, size: Any) -> Tensor:
    return F.interpolate(x, size=tuple(size), mode='bilinear', align_corners=True)


def segnet(net: Network, x: Tensor) -> Tensor:
    h = F.local_response_norm(x, 5, alpha=1e-4, beta=0.75, k=1)
    places = {}
    for i in (1, 2, 3, 4):
        h = F.relu_(net.bn(net.conv(h, f'conv{i}', padding=3), f'conv{i}_bn'))
        if h.shape[3] % 2:
            raise ValueError(f'expected a width that is a multiple of 16, found {x.shape[3]}')
        h, places[i] = F.max_pool2d(h, 2, ceil_mode=True, return_indices=True)
    for i in (4, 3, 2, 1):
        rows = min(h.shape[2], places[i].shape[2])
        h = unpool(h[:, :, :rows], places[i][:, :, :rows])
        h = net.bn(net.conv(h, f'conv_decode{i}', padding=3), f'conv_decode{i}_bn')
    return net.conv(h, 'conv_classifier')


def unpool(x: Tensor, places: Tensor) -> Tensor:
    if not torch.jit.is_tracing():
        return F.max_unpool2d(x, places, 2)
    # What the runtimes can read.
    N, C, H, W = x.shape
    empty = torch.zeros((N, C, 4 * H * W))
    return empty.scatter(2, places.flatten(2), x.flatten(2)).reshape(N, C, 2 * H, 2 * W)


def pspnet(net: Network, x: Tensor, feat_size: tuple[int, ...]) -> Tensor:
    h = net.unit(x - net.weights['mean'], 'extractor/conv1_1', stride=2, padding=1)
    h = net.unit(h, 'extractor/conv1_2', padding=1)
    h = net.unit(h, 'extractor/conv1_3', padding=1)
    h = F.max_pool2d(h, 3, 2, 1, ceil_mode=True)
    for block, count, stride, dilate in ((2, 3, 1, 1), (3, 4, 2, 1), (4, 6, 1, 2), (5, 3, 1, 4)):
        for i in range(count):
            name = f'extractor/res{block}/{f"b{i}" if i else "a"}'
            h = bottleneck(net, h, name, stride=1 if i else stride, dilate=dilate)
    pooled = []
    for i, bins in enumerate((6, 3, 2, 1)):
        means = F.avg_pool2d(h, tuple(n // bins for n in feat_size))
        pooled.append(resize(net.unit(means, f'ppm/{i}'), h.shape[2:]))
    h = net.unit(torch.cat([h, *pooled], dim=1), 'head_conv1', padding=1)
    return resize(net.conv(h, 'head_conv2'), x.shape[2:])


def bottleneck(net: Network, x: Tensor, name: str, *, stride: int, dilate: int) -> Tensor:
    h = net.unit(x, f'{name}/conv1')
    h = net.unit(h, f'{name}/conv2', stride=stride, padding=dilate, dilation=dilate)
    h = net.unit(h, f'{name}/conv3', relu=False)
    if f'{name}/residual_conv/conv/W' in net.weights:
        x = net.unit(x, f'{name}/residual_conv', relu=False, stride=stride)
    return F.relu_(h + x)


def deeplab(net: Network, x: Tensor) -> Tensor:
    h = net.unit(x / 127.5 - 1, 'feature_extractor/entryflow_conv1', stride=2, padding=1)
    h = net.unit(h, 'feature_extractor/entryflow_conv2', padding=1)
    h, _ = xception_block(net, h, 'entryflow_block1', stride=2, skip='conv')
    h, low = xception_block(net, h, 'entryflow_block2', stride=2, skip='conv')
    h, _ = xception_block(net, h, 'entryflow_block3', skip='conv')
    for i in range(1, 17):
        h, _ = xception_block(net, h, f'middleflow_block{i}', dilate=2, skip='sum')
    h, _ = xception_block(net, h, 'exitflow_block1', dilate=2, skip='conv')
    name = 'feature_extractor/exitflow_block2/separable'
    for i in (1, 2, 3):
        h = net.separable(h, f'{name}{i}', relus=(True, True), dilate=4)
    means = net.unit(h.mean((2, 3), keepdim=True), 'aspp/image_pooling_conv')
    branches = [means.expand(-1, -1, *h.shape[2:]), net.unit(h, 'aspp/conv1x1')]
    branches += [
        net.separable(h, f'aspp/atrous{i}', relus=(True, True), dilate=12 * i) for i in (1, 2, 3)
    ]
    h = F.dropout(net.unit(torch.cat(branches, dim=1), 'aspp/proj'), training=net.training)
    low = net.unit(low, 'decoder/feature_proj')
    h = torch.cat([resize(h, low.shape[2:]), low], dim=1)
    h = net.separable(h, 'decoder/conv1', relus=(True, True))
    h = net.separable(h, 'decoder/conv2', relus=(True, True))
    scores = net.conv(h, 'decoder/conv_logits')
    return scores if net.training else resize(scores.softmax(dim=1), x.shape[2:])


def xception_block(
    net: Network, x: Tensor, block: str, *, skip: str, stride: int = 1, dilate: int = 1
) -> tuple[Tensor, Tensor]:
    name = f'feature_extractor/{block}'
    h = net.separable(F.relu(x), f'{name}/separable1', relus=(False, True), dilate=dilate)
    middle = net.separable(h, f'{name}/separable2', relus=(False, False), dilate=dilate)
    h = net.separable(
        F.relu(middle), f'{name}/separable3', relus=(False, False), stride=stride, dilate=dilate
    )
    skipped = net.unit(x, f'{name}/conv', relu=False, stride=stride) if skip == 'conv' else x
    return h + skipped, middle
