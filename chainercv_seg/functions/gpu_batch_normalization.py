"""Batch normalization for training on GPUs where Chainer has no cuDNN, with the ReLU after it."""

from typing import Any

import chainer
import chainer.functions as F
import numpy as np

from chainercv_seg.engines.cuda.batch_normalization import GPUNormalization, Statistics
from chainercv_seg.engines.piecewise.pieces import MOST_ELEMENTS
from chainercv_seg.functions.fused_function import FusedFunction


def fuses_on_gpu(x: Any, *parameters: Any) -> bool:
    """Whether `GPUBatchNormalization` can take arrays, as far as their types and sizes tell."""
    return (
        not chainer.should_use_cudnn('>=auto')
        and len(x.shape) == 4
        and 0
        < 2 * x.size
        < MOST_ELEMENTS  # kernels number with 32 bits, and step once beyond the end
        and all(array is not None and array.dtype == np.float32 for array in (x, *parameters))
    )


class GPUBatchNormalization(FusedFunction):
    """Normalization by a batch's own statistics.

    Args:
        eps: Added to the variance.
        relu: Whether negative results become 0.

    Attributes:
        done: The statistics. Set by the forward pass.
    """

    done: Statistics

    def __init__(self, eps: float, *, relu: bool = False) -> None:
        super().__init__()
        self.eps, self.relu = eps, relu

    def forward(self, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        """Normalize ``(N, C, H, W)`` with gamma and beta, ``(C,)`` each."""
        self.retain_inputs((0, 1, 2))
        x, gamma, beta = inputs
        y, self.done = self._methods(x).forward(x, gamma, beta, self.eps)
        return (y,)

    def gradients(
        self, indexes: tuple[int, ...], inputs: tuple[Any, ...], gy: Any
    ) -> dict[int, Any]:
        """Differentiate with respect to all inputs."""
        found = self._methods(inputs[0]).backward(inputs[0], gy, self.done)
        return dict(enumerate(found))

    def plain(self, *inputs: chainer.Variable) -> chainer.Variable:
        """Normalize as Chainer does."""
        y = F.batch_normalization(*inputs, eps=self.eps)
        return F.relu(y) if self.relu else y

    def _methods(self, x: Any) -> GPUNormalization:
        return GPUNormalization(xp=chainer.backend.get_array_module(x), relu=self.relu)
