"""Squeeze and excitation: channels weighted by what the whole map holds."""

from typing import Any

import chainer
import chainer.functions as F
import chainer.links as L

from chainercv_seg.utils.arguments import positive_int


class SEBlock(chainer.Chain):
    """Multiply each channel by a weight that two linear layers infer from the means of all.

    Source: Hu, Shen and Sun, "Squeeze-and-Excitation Networks", CVPR 2018.

    Args:
        n_channel: Number of channels of input and output.
        ratio: The hidden layer has ``n_channel // ratio`` units.

    Raises:
        ValueError: One is not a positive integer, or ``ratio`` is larger.
    """

    def __init__(self, n_channel: int, ratio: int = 16) -> None:
        positive_int(n_channel, name='n_channel')
        if not positive_int(ratio, name='ratio') <= n_channel:
            raise ValueError(f'ratio must be at most n_channel, {n_channel}, but got {ratio}')
        super().__init__()
        with self.init_scope():
            self.down = L.Linear(n_channel, n_channel // ratio)
            self.up = L.Linear(n_channel // ratio, n_channel)

    def forward(self, u: Any) -> chainer.Variable:
        """Weight the channels.

        Args:
            u: ``(N, n_channel, H, W)`` float32.

        Returns:
            Of the same shape.
        """
        weight = F.sigmoid(self.up(F.relu(self.down(F.average(u, axis=(2, 3))))))
        return u * F.broadcast_to(weight[:, :, None, None], u.shape)
