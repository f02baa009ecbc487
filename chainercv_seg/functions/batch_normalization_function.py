"""Batch normalization for training on the CPU, with the ReLU and the pooling after it."""

from typing import Any

import chainer
import chainer.functions as F
import numpy as np

from chainercv_seg.engines.cpu.batch_normalization import Normalized, normalize, normalize_gradient
from chainercv_seg.engines.cpu.compiled import COMPILED
from chainercv_seg.engines.cpu.layout import channels_first, channels_last
from chainercv_seg.functions.fused_function import FusedFunction


def fuses(x: Any, *parameters: Any) -> bool:
    """Whether `BatchNormalizationFunction` can take ``(N, C, H, W)`` float32 arrays on the CPU."""
    return (
        COMPILED
        and len(x.shape) == 4
        and all(array is not None and array.dtype == np.float32 for array in (x, *parameters))
    )


class BatchNormalizationFunction(FusedFunction):
    """Normalization by a batch's own statistics; its result is that of `normalize`.

    Args:
        eps: Added to the variance.
        relu: Whether negative results become 0.
        pool: Whether to keep the largest of each window of 2 by 2.

    Attributes:
        done: What `normalize` returned. Set by the forward pass.
    """

    done: Normalized

    def __init__(self, eps: float, *, relu: bool = False, pool: bool = False) -> None:
        super().__init__()
        self.eps, self.relu, self.pool = eps, relu, pool

    def forward(self, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        """Normalize ``(N, C, H, W)`` with gamma and beta, ``(C,)`` each."""
        self.retain_inputs((0, 1, 2))
        x, gamma, beta = inputs
        self.done = normalize(
            channels_last(x), gamma, beta, eps=self.eps, relu=self.relu, pool=self.pool
        )
        return (channels_first(self.done.y),)

    def gradients(
        self, indexes: tuple[int, ...], inputs: tuple[Any, ...], gy: Any
    ) -> dict[int, Any]:
        """Differentiate with respect to all inputs."""
        x, gamma, _ = inputs
        gx, ggamma, gbeta = normalize_gradient(
            channels_last(x), self.done, gamma, channels_last(gy), eps=self.eps, relu=self.relu
        )
        return {0: channels_first(gx), 1: ggamma, 2: gbeta}

    def plain(self, *inputs: chainer.Variable) -> chainer.Variable:
        """Normalize as Chainer does."""
        y = F.batch_normalization(*inputs, eps=self.eps)
        y = F.relu(y) if self.relu else y
        return F.max_pooling_2d(y, 2, 2) if self.pool else y
