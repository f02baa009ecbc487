"""A network of PyTorch."""

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

Size = Sequence[int]


class SegmentationNetwork(nn.Module):
    """A network that tells the class of each pixel."""

    @classmethod
    def load(cls, folder: str | Path = '.') -> 'SegmentationNetwork':
        """Make the network of a folder (``config.json``, ``model.safetensors``), ready to predict."""
        settings = json.loads(Path(folder, 'config.json').read_text('utf-8'))['pytorch']
        network = cls(**settings)
        network.load_state_dict(load_file(Path(folder, 'model.safetensors')))
        return network.eval()

    @torch.inference_mode()
    def predict(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Predict.

        Args:
            images: ``(N, 3, H, W)`` float32, RGB in [0, 255].

        Returns:
            Scores ``(N, classes, H, W)`` float32, as ``forward`` gives them, and the class of the largest,
            ``(N, H, W)`` int32.
        """
        scores = self(images)
        return scores, scores.argmax(dim=1).to(torch.int32)
