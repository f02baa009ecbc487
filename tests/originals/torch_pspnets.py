"""PSPNets of PyTorch by their published definitions: modules, their names, and what they do.

Sources: hszhao/semseg (``model/pspnet.py``, ``model/resnet.py``), open-mmlab/mmsegmentation
    (``ResNetV1c`` and
``PSPHead`` of ``pspnet_r50-d8``), meetps/pytorch-semseg (``ptsemseg/models/pspnet.py``).
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F


def unit(n_input, n, size, relu=True, **arguments):
    """Convolution, batch normalization and perhaps ReLU, as a list of modules."""
    arguments.setdefault('padding', size // 2)
    layers = [nn.Conv2d(n_input, n, size, bias=False, **arguments), nn.BatchNorm2d(n)]
    return [*layers, nn.ReLU()] if relu else layers


class Bottleneck(nn.Module):
    """That of torchvision, with the stride in the 3x3 convolution."""

    def __init__(self, n_input, n, stride, dilation):
        super().__init__()
        self.conv1, self.bn1 = unit(n_input, n, 1, relu=False)
        spatial = {'stride': stride, 'padding': dilation, 'dilation': dilation}
        self.conv2, self.bn2 = unit(n, n, 3, relu=False, **spatial)
        self.conv3, self.bn3 = unit(n, 4 * n, 1, relu=False)
        self.downsample = None
        if n_input != 4 * n or stride > 1:
            self.downsample = nn.Sequential(*unit(n_input, 4 * n, 1, relu=False, stride=stride))

    def forward(self, x):
        h = torch.relu(self.bn1(self.conv1(x)))
        h = torch.relu(self.bn2(self.conv2(h)))
        h = self.bn3(self.conv3(h))
        return torch.relu(h + (x if self.downsample is None else self.downsample(x)))


def layer(n_input, n, count, stride, dilation, first_dilation=None):
    first = dilation if first_dilation is None else first_dilation
    rest = [Bottleneck(4 * n, n, 1, dilation) for _ in range(count - 1)]
    return nn.Sequential(Bottleneck(n_input, n, stride, first), *rest)


class Semseg(nn.Module):
    """Of semseg; ``zoom_factor`` 8."""

    mean = np.array([0.485, 0.456, 0.406], np.float32)[:, None, None] * 255
    std = np.array([0.229, 0.224, 0.225], np.float32)[:, None, None] * 255

    def __init__(self, blocks, n_class):
        super().__init__()
        n1, n2, n3, n4 = blocks
        stem = [*unit(3, 64, 3, stride=2), *unit(64, 64, 3), *unit(64, 128, 3)]
        self.layer0 = nn.Sequential(*stem, nn.MaxPool2d(kernel_size=3, stride=2, padding=1))
        self.layer1 = layer(128, 64, n1, 1, 1)
        self.layer2 = layer(256, 128, n2, 2, 1)
        self.layer3 = layer(512, 256, n3, 1, 2)
        self.layer4 = layer(1024, 512, n4, 1, 4)
        self.ppm = nn.Module()
        self.ppm.features = nn.ModuleList(
            nn.Sequential(nn.AdaptiveAvgPool2d(bins), *unit(2048, 512, 1)) for bins in (1, 2, 3, 6)
        )
        self.cls = nn.Sequential(*unit(4096, 512, 3), nn.Dropout2d(0.1), nn.Conv2d(512, n_class, 1))
        self.aux = nn.Sequential(*unit(1024, 8, 3), nn.Dropout2d(0.1), nn.Conv2d(8, n_class, 1))

    def forward(self, x):
        assert (x.shape[2] - 1) % 8 == 0 == (x.shape[3] - 1) % 8
        h = self.layer4(self.layer3(self.layer2(self.layer1(self.layer0(x)))))
        maps = [h]
        for feature in self.ppm.features:
            maps.append(F.interpolate(feature(h), h.shape[2:], mode='bilinear', align_corners=True))
        h = self.cls(torch.cat(maps, 1))
        return F.interpolate(h, x.shape[2:], mode='bilinear', align_corners=True)


class ConvModule(nn.Module):
    """Of mmcv."""

    def __init__(self, n_input, n, size):
        super().__init__()
        self.conv, self.bn = unit(n_input, n, size, relu=False)

    def forward(self, x):
        return torch.relu(self.bn(self.conv(x)))


class MMSegmentation(nn.Module):
    """``pspnet_r50-d8`` or deeper: ``ResNetV1c`` with ``contract_dilation``, ``PSPHead``, "
    "``mode='whole'``."""

    mean = np.array([123.675, 116.28, 103.53], np.float32)[:, None, None]
    std = np.array([58.395, 57.12, 57.375], np.float32)[:, None, None]

    def __init__(self, blocks, n_class):
        super().__init__()
        n1, n2, n3, n4 = blocks
        self.backbone = nn.Module()
        self.backbone.stem = nn.Sequential(
            *unit(3, 32, 3, stride=2), *unit(32, 32, 3), *unit(32, 64, 3)
        )
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.backbone.layer1 = layer(64, 64, n1, 1, 1)
        self.backbone.layer2 = layer(256, 128, n2, 2, 1)
        self.backbone.layer3 = layer(512, 256, n3, 1, 2, first_dilation=1)
        self.backbone.layer4 = layer(1024, 512, n4, 1, 4, first_dilation=2)
        head = self.decode_head = nn.Module()
        head.psp_modules = nn.ModuleList(
            nn.Sequential(nn.AdaptiveAvgPool2d(bins), ConvModule(2048, 512, 1))
            for bins in (1, 2, 3, 6)
        )
        head.bottleneck = ConvModule(4096, 512, 3)
        head.conv_seg = nn.Conv2d(512, n_class, 1)
        self.auxiliary_head = nn.Module()
        self.auxiliary_head.convs = nn.Sequential(ConvModule(1024, 8, 3))
        self.auxiliary_head.conv_seg = nn.Conv2d(8, n_class, 1)

    def forward(self, x):
        h = self.maxpool(self.backbone.stem(x))
        for i in (1, 2, 3, 4):
            h = getattr(self.backbone, f'layer{i}')(h)
        maps = [h]
        for module in self.decode_head.psp_modules:
            maps.append(F.interpolate(module(h), h.shape[2:], mode='bilinear', align_corners=False))
        h = self.decode_head.conv_seg(self.decode_head.bottleneck(torch.cat(maps, 1)))
        return F.interpolate(h, x.shape[2:], mode='bilinear', align_corners=False)


class Wrapped(nn.Module):
    """``conv2DBatchNormRelu`` and ``conv2DBatchNorm`` of pytorch-semseg."""

    def __init__(self, n_input, n, size, relu=True, **arguments):
        super().__init__()
        self.relu = relu
        name = 'cbr_unit' if relu else 'cb_unit'
        setattr(self, name, nn.Sequential(*unit(n_input, n, size, relu=relu, **arguments)))

    def forward(self, x):
        return (self.cbr_unit if self.relu else self.cb_unit)(x)


class WrappedBottleneck(nn.Module):
    def __init__(self, n_input, n, stride, dilation, projects):
        super().__init__()
        self.cbr1 = Wrapped(n_input, n, 1)
        spatial = {'stride': stride, 'padding': dilation, 'dilation': dilation}
        self.cbr2 = Wrapped(n, n, 3, **spatial)
        self.cb3 = Wrapped(n, 4 * n, 1, relu=False)
        if projects:
            self.cb4 = Wrapped(n_input, 4 * n, 1, relu=False, stride=stride)

    def forward(self, x):
        h = self.cb3(self.cbr2(self.cbr1(x)))
        return torch.relu(h + (self.cb4(x) if hasattr(self, 'cb4') else x))


class PytorchSemseg(nn.Module):
    """Of pytorch-semseg. Its images are BGR, less the mean of the original."""

    mean = np.array([123.68, 116.779, 103.939], np.float32)[:, None, None]
    std = np.float32(1)

    def __init__(self, blocks, n_class):
        super().__init__()
        self.convbnrelu1_1 = Wrapped(3, 64, 3, stride=2)
        self.convbnrelu1_2 = Wrapped(64, 64, 3)
        self.convbnrelu1_3 = Wrapped(64, 128, 3)
        n_input = 128
        for i, (count, n, stride, dilation) in enumerate(
            zip(blocks, (64, 128, 256, 512), (1, 2, 1, 1), (1, 1, 2, 4), strict=True), start=2
        ):
            first = WrappedBottleneck(n_input, n, stride, dilation, projects=True)
            rest = [WrappedBottleneck(4 * n, n, 1, dilation, False) for _ in range(count - 1)]
            block = nn.Module()
            block.layers = nn.Sequential(first, *rest)
            setattr(self, f'res_block{i}', block)
            n_input = 4 * n
        self.pyramid_pooling = nn.Module()
        paths = [Wrapped(2048, 512, 1) for _ in range(4)]
        self.pyramid_pooling.path_module_list = nn.ModuleList(paths)
        self.cbr_final = Wrapped(4096, 512, 3)
        self.classification = nn.Conv2d(512, n_class, 1)
        self.convbnrelu4_aux = Wrapped(1024, 8, 3)
        self.aux_cls = nn.Conv2d(8, n_class, 1)

    def forward(self, x):
        h = self.convbnrelu1_3(self.convbnrelu1_2(self.convbnrelu1_1(x.flip(1))))
        h = F.max_pool2d(h, 3, 2, 1)
        for i in (2, 3, 4, 5):
            h = getattr(self, f'res_block{i}').layers(h)
        height, width = h.shape[2:]
        maps = [h]
        for bins, path in zip((6, 3, 2, 1), self.pyramid_pooling.path_module_list, strict=True):
            kernel = int(height / bins), int(width / bins)
            pooled = path(F.avg_pool2d(h, kernel, stride=kernel, padding=0))
            maps.append(F.interpolate(pooled, (height, width), mode='bilinear', align_corners=True))
        h = self.classification(self.cbr_final(torch.cat(maps, dim=1)))
        return F.interpolate(h, size=x.shape[2:], mode='bilinear', align_corners=True)


ORIGINALS = {'semseg': Semseg, 'mmsegmentation': MMSegmentation, 'pytorch-semseg': PytorchSemseg}


def made(kind, blocks, n_class=5):
    """A network with random weights and statistics, whose scores stay of the size of its inputs."""
    torch.manual_seed(0)
    network = ORIGINALS[kind](blocks, n_class).eval()
    last = None
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            for array in (module.bias, module.running_mean, module.running_var):
                nn.init.uniform_(array, 0.5, 1.5)
            nn.init.uniform_(module.weight, 0.5, 1)
        if isinstance(module, nn.Conv2d) and module.bias is not None:
            nn.init.normal_(module.weight, 0, 0.05)
            last = module if module.in_channels == 512 else last
    # Scores around 0, so that labels are of several classes.
    image = np.random.RandomState(0).uniform(0, 255, (1, 3, 73, 73)).astype(np.float32)
    with torch.no_grad():
        last.bias -= torch.from_numpy(scores(network, image).mean(axis=(0, 2, 3)))
    return network


def scores(network, rgb):
    """What a network makes of images ``(N, 3, H, W)`` in [0, 255]."""
    with torch.no_grad():
        return network(torch.from_numpy((rgb - network.mean) / network.std)).numpy()
