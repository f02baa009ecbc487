"""PSPNet, with the names of github.com/hszhao/semseg."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from chainercv_seg.export.torch_sources.base import SegmentationNetwork, Size


class PSPNet(SegmentationNetwork):
    """PSPNet on a dilated ResNet (Zhao et al., CVPR 2017).

    Args:
        n_class: Number of classes.
        layers: Numbers of bottlenecks of the four blocks.
        input_size: Height and width of the images that it is for.
        mean: What is subtracted from images.
        std: What they are divided by then.
        windows: Heights and widths of the pooling windows, the largest first; None for as many bins as there
            are in 1, 2, 3 and 6 rows, whatever the size.
        align_corners: Whether maps are enlarged with corners on corners.
        stem: Numbers of channels of the first three convolutions.
        stride_first: Whether the first convolution of a bottleneck has the stride, not the second.
        contract_dilation: Whether the first bottlenecks of the last two blocks are dilated half as much.
        cover_all: Whether the last windows of max pooling may stick out.
    """

    def __init__(
        self,
        n_class: int,
        layers: Size,
        input_size: Size,
        mean: Sequence[float],
        std: Sequence[float],
        windows: 'list[Size] | None',
        align_corners: bool = True,
        stem: Size = (64, 64, 128),
        stride_first: bool = False,
        contract_dilation: bool = False,
        cover_all: bool = True,
    ) -> None:
        super().__init__()
        self.input_size = tuple(input_size)
        self.align_corners = align_corners
        self.register_buffer('mean', torch.tensor(mean)[:, None, None], persistent=False)
        self.register_buffer('std', torch.tensor(std)[:, None, None], persistent=False)
        units: list[nn.Module] = []
        for before, after in zip((3, *stem), stem, strict=False):
            stride = 2 if before == 3 and not units else 1
            units += unit(before, after, 3, stride=stride, padding=1)
        self.layer0 = nn.Sequential(*units, nn.MaxPool2d(3, 2, 1, ceil_mode=cover_all))
        channels = stem[2]
        for i, count in enumerate(layers):
            stride, dilation = (2 if i == 1 else 1), (1, 1, 2, 4)[i]
            first = dilation // 2 if contract_dilation and dilation > 1 else dilation
            mid = 64 << i
            bottlenecks = [
                Bottleneck(channels, mid, stride, first, stride_first=stride_first, project=True)
            ]
            channels = 4 * mid
            bottlenecks += [Bottleneck(channels, mid, 1, dilation) for _ in range(count - 1)]
            self.add_module(f'layer{i + 1}', nn.Sequential(*bottlenecks))
        self.ppm = PPM(channels, windows, align_corners)
        self.cls = nn.Sequential(
            *unit(2 * channels, 512, 3, padding=1), nn.Dropout2d(0.1), nn.Conv2d(512, n_class, 1)
        )

    def forward(self, images: Tensor) -> Tensor:
        """Compute scores, before softmax."""
        h = self.layer0((images - self.mean) / self.std)
        h = self.layer4(self.layer3(self.layer2(self.layer1(h))))
        return resize(self.cls(self.ppm(h)), images.shape[2:], self.align_corners)


class Bottleneck(nn.Module):
    """Convolutions 1x1, 3x3, 1x1, added to the input or its projection."""

    def __init__(
        self,
        channels: int,
        mid: int,
        stride: int,
        dilation: int,
        stride_first: bool = False,
        project: bool = False,
    ) -> None:
        super().__init__()
        first, second = (stride, 1) if stride_first else (1, stride)
        self.conv1, self.bn1, _ = unit(channels, mid, 1, stride=first)
        self.conv2, self.bn2, _ = unit(
            mid, mid, 3, stride=second, padding=dilation, dilation=dilation
        )
        self.conv3, self.bn3, _ = unit(mid, 4 * mid, 1)
        self.downsample = (
            nn.Sequential(*unit(channels, 4 * mid, 1, stride=stride)[:2])
            if project
            else nn.Identity()
        )

    def forward(self, x: Tensor) -> Tensor:
        """Apply the block."""
        h = torch.relu(self.bn1(self.conv1(x)))
        h = torch.relu(self.bn2(self.conv2(h)))
        return torch.relu(self.bn3(self.conv3(h)) + self.downsample(x))


class PPM(nn.Module):
    """Means over windows of four sizes, each projected, enlarged and appended."""

    def __init__(self, channels: int, windows: 'list[Size] | None', align_corners: bool) -> None:
        super().__init__()
        self.align_corners = align_corners
        pools = [
            nn.AdaptiveAvgPool2d(bins) if windows is None else nn.AvgPool2d(tuple(windows[i]))
            for i, bins in enumerate((1, 2, 3, 6))
        ]
        self.features = nn.ModuleList(
            nn.Sequential(pool, *unit(channels, channels // 4, 1)) for pool in pools
        )

    def forward(self, x: Tensor) -> Tensor:
        """Pool and append."""
        levels = [resize(level(x), x.shape[2:], self.align_corners) for level in self.features]
        return torch.cat([x, *levels], dim=1)


def unit(
    inputs: int, outputs: int, size: int, stride: int = 1, padding: int = 0, dilation: int = 1
) -> list[nn.Module]:
    """Make a convolution, its normalization, and ReLU."""
    conv = nn.Conv2d(inputs, outputs, size, stride, padding, dilation, bias=False)
    return [conv, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]


def resize(x: Tensor, size: Size, align_corners: bool) -> Tensor:
    """Enlarge a map bilinearly."""
    return nn.functional.interpolate(x, tuple(size), mode='bilinear', align_corners=align_corners)


load = PSPNet.load
