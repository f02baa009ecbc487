"""DeepLabV3+ on Xception-65."""

import torch
from torch import Tensor, nn

from chainercv_seg.export.torch_sources.base import SegmentationNetwork, Size


class DeepLabV3Plus(SegmentationNetwork):
    """DeepLabV3+ (Chen et al., ECCV 2018).

    Args:
        n_class: Number of classes.
        min_input_size: Height and width of the smallest canvas that images are put on.
        background: The grey of that canvas.
        rates: Dilations of the pooling.
        output_stride: 8 or 16.
        softmax_first: Whether scores become probabilities before they are resized.
    """

    def __init__(
        self,
        n_class: int,
        min_input_size: Size,
        background: float = 127.5,
        rates: Size = (12, 24, 36),
        output_stride: int = 8,
        softmax_first: bool = True,
    ) -> None:
        super().__init__()
        self.min_input_size, self.background = tuple(min_input_size), background
        self.softmax_first = softmax_first
        self.feature_extractor = Xception65(output_stride)
        self.aspp = ASPP(rates)
        self.decoder = Decoder(n_class)

    def forward(self, images: Tensor) -> Tensor:
        """Compute probabilities."""
        height, width = images.shape[2:]
        below = max(0, self.min_input_size[0] - height)
        right = max(0, self.min_input_size[1] - width)
        canvas = nn.functional.pad(images, (0, right, 0, below), value=self.background)
        low, high = self.feature_extractor(canvas / 127.5 - 1)
        scores = self.decoder(low, self.aspp(high))
        if self.softmax_first:
            scores = resize(scores.softmax(dim=1), canvas.shape[2:])
        else:
            scores = resize(scores, canvas.shape[2:]).softmax(dim=1)
        return scores[:, :, :height, :width]


class Xception65(nn.Module):
    """The extractor: low and high level features."""

    def __init__(self, output_stride: int) -> None:
        super().__init__()
        stride = output_stride // 8
        dilation = 2 // stride
        self.entryflow_conv1 = Unit(3, 32, 3, stride=2)
        self.entryflow_conv2 = Unit(32, 64, 3)
        self.entryflow_block1 = Block(64, (128, 128, 128), stride=2)
        self.entryflow_block2 = Block(128, (256, 256, 256), stride=2)
        self.entryflow_block3 = Block(256, (728, 728, 728), stride=stride)
        for i in range(1, 17):
            middle = Block(728, (728, 728, 728), dilation=dilation, skip='sum')
            self.add_module(f'middleflow_block{i}', middle)
        self.exitflow_block1 = Block(728, (728, 1024, 1024), dilation=dilation)
        self.exitflow_block2 = Block(
            1024, (1536, 1536, 2048), dilation=2 * dilation, skip='none', relu_first=False
        )

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Compute both."""
        h = self.entryflow_conv2(self.entryflow_conv1(x))
        h, _ = self.entryflow_block1(h)
        h, low = self.entryflow_block2(h)
        h, _ = self.entryflow_block3(h)
        for i in range(1, 17):
            h, _ = self.get_submodule(f'middleflow_block{i}')(h)
        h, _ = self.exitflow_block1(h)
        h, _ = self.exitflow_block2(h)
        return low, h


class Block(nn.Module):
    """Three separable convolutions, and what skips them.

    Where ReLU comes first it is before each of them; else behind each part of them.
    """

    def __init__(
        self,
        channels: int,
        depths: Size,
        stride: int = 1,
        dilation: int = 1,
        skip: str = 'conv',
        relu_first: bool = True,
    ) -> None:
        super().__init__()
        self.skip, self.relu_first = skip, relu_first
        relus = not relu_first
        one, two, three = depths
        self.separable1 = Separable(channels, one, dilation=dilation, relu_mid=relus)
        self.separable2 = Separable(one, two, dilation=dilation, relu_mid=relus, relu=False)
        self.separable3 = Separable(
            two, three, stride=stride, dilation=dilation, relu_mid=relus, relu=relus
        )
        if skip == 'conv':
            self.conv = Unit(channels, three, 1, stride=stride, relu=False)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Give the output, and that of the second convolution before its activation."""
        second = self.separable2(self.separable1(torch.relu(x) if self.relu_first else x))
        h = self.separable3(torch.relu(second))
        if self.skip != 'none':
            h = h + (self.conv(x) if self.skip == 'conv' else x)
        return h, second


class ASPP(nn.Module):
    """Atrous pooling: branches of several reaches, and the mean of all."""

    def __init__(self, rates: Size) -> None:
        super().__init__()
        self.image_pooling_conv = Unit(2048, 256, 1)
        self.conv1x1 = Unit(2048, 256, 1)
        self.atrous1, self.atrous2, self.atrous3 = (
            Separable(2048, 256, dilation=rate, relu_mid=True) for rate in rates
        )
        self.proj = Unit(5 * 256, 256, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Apply the branches."""
        mean = self.image_pooling_conv(x.mean(dim=(2, 3), keepdim=True)).expand(
            -1, -1, *x.shape[2:]
        )
        branches = [self.conv1x1(x), self.atrous1(x), self.atrous2(x), self.atrous3(x)]
        return self.proj(torch.cat([mean, *branches], dim=1))


class Decoder(nn.Module):
    """Joins pooled and low level features, and classifies."""

    def __init__(self, n_class: int) -> None:
        super().__init__()
        self.feature_proj = Unit(256, 48, 1)
        self.conv1 = Separable(256 + 48, 256, relu_mid=True)
        self.conv2 = Separable(256, 256, relu_mid=True)
        self.conv_logits = nn.Conv2d(256, n_class, 1)

    def forward(self, low: Tensor, pooled: Tensor) -> Tensor:
        """Compute scores of the size of the low level features."""
        low = self.feature_proj(low)
        h = torch.cat([resize(pooled, low.shape[2:]), low], dim=1)
        return self.conv_logits(self.conv2(self.conv1(h)))


class Unit(nn.Module):
    """A convolution that keeps the size but for its stride, its normalization, and ReLU."""

    def __init__(
        self, inputs: int, outputs: int, size: int, stride: int = 1, relu: bool = True
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False)
        self.bn = nn.BatchNorm2d(outputs)
        self.relu = relu

    def forward(self, x: Tensor) -> Tensor:
        """Apply it."""
        h = self.bn(self.conv(x))
        return torch.relu(h) if self.relu else h


class Separable(nn.Module):
    """A convolution of each channel, then one of each pixel, both normalized."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        stride: int = 1,
        dilation: int = 1,
        relu_mid: bool = False,
        relu: bool = True,
    ) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(
            inputs, inputs, 3, stride, dilation, dilation, groups=inputs, bias=False
        )
        self.dw_bn = nn.BatchNorm2d(inputs)
        self.pointwise = nn.Conv2d(inputs, outputs, 1, bias=False)
        self.pw_bn = nn.BatchNorm2d(outputs)
        self.relu_mid, self.relu = relu_mid, relu

    def forward(self, x: Tensor) -> Tensor:
        """Apply both."""
        h = self.dw_bn(self.depthwise(x))
        h = self.pw_bn(self.pointwise(torch.relu(h) if self.relu_mid else h))
        return torch.relu(h) if self.relu else h


def resize(x: Tensor, size: Size) -> Tensor:
    """Enlarge a map bilinearly, corners on corners."""
    return nn.functional.interpolate(x, tuple(size), mode='bilinear', align_corners=True)


load = DeepLabV3Plus.load
