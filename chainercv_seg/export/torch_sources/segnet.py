"""SegNet (basic)."""

import torch
from torch import Tensor, nn

from chainercv_seg.export.torch_sources.base import SegmentationNetwork


class SegNet(SegmentationNetwork):
    """SegNet of four encoding and four decoding layers (Badrinarayanan et al., PAMI 2017).

    Args:
        n_class: Number of classes.
        antialias: Whether scores are resized to images of odd sizes as Pillow resizes.
    """

    def __init__(self, n_class: int, antialias: bool = True) -> None:
        super().__init__()
        self.antialias = antialias
        for i in (1, 2, 3, 4):
            self.add_module(
                f'conv{i}', nn.Conv2d(3 if i == 1 else 64, 64, 7, padding=3, bias=False)
            )
            self.add_module(f'conv{i}_bn', nn.BatchNorm2d(64))
        for i in (4, 3, 2, 1):
            self.add_module(f'conv_decode{i}', nn.Conv2d(64, 64, 7, padding=3, bias=False))
            self.add_module(f'conv_decode{i}_bn', nn.BatchNorm2d(64))
        self.conv_classifier = nn.Conv2d(64, n_class, 1)

    def forward(self, images: Tensor) -> Tensor:
        """Compute scores, before softmax."""
        h = nn.functional.local_response_norm(images, 5, alpha=1e-4, beta=0.75, k=1)
        places = {}
        for i in (1, 2, 3, 4):
            h = torch.relu(self.unit(f'conv{i}', h))
            # Made even first: where the pooling itself pads, it counts places on another map.
            even = (0, h.shape[3] % 2, 0, h.shape[2] % 2)
            h = nn.functional.pad(h, even, value=-torch.inf)
            h, places[i] = nn.functional.max_pool2d(h, 2, return_indices=True)
        for i in (4, 3, 2, 1):
            rows, columns = places[i].shape[2:]
            h = nn.functional.max_unpool2d(h[:, :, :rows, :columns], places[i], 2)
            h = self.unit(f'conv_decode{i}', h)
        scores = self.conv_classifier(h)
        if scores.shape[2:] == images.shape[2:]:
            return scores
        return nn.functional.interpolate(
            scores, images.shape[2:], mode='bilinear', antialias=self.antialias
        )

    def unit(self, name: str, x: Tensor) -> Tensor:
        """Convolve and normalize."""
        return self.get_submodule(f'{name}_bn')(self.get_submodule(name)(x))


load = SegNet.load
