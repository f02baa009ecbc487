"""Batch normalization for training on a GPU, with the ReLU after it: channels first, by kernels of our own.

Ioffe and Szegedy 2015, "Batch Normalization: Accelerating Deep Network Training by Reducing Internal
Covariate Shift".
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from chainercv_seg.engines.cuda.launching import THREADS, blocks_for, launch, source

SOURCE = source('batch_normalization')
_FLOAT = np.dtype(np.float32)
#: So many blocks keep any GPU busy; more pieces of a channel than that makes are of no use.
_BUSY = 1024


@dataclass(frozen=True)
class Statistics:
    """What normalizes a map.

    Attributes:
        mean: ``(C,)`` float32, of the batch.
        var: ``(C,)`` float32, of the batch, biased.
        inverse: One over the square root of the variance and eps.
        factor: That times gamma.
        beta: What is added.
    """

    mean: Any
    var: Any
    inverse: Any
    factor: Any
    beta: Any


class GPUNormalization:
    """Normalizes and differentiates maps ``(N, C, H, W)`` float32 of CuPy.

    Args:
        xp: CuPy.
        relu: Whether negative results become 0.
    """

    def __init__(self, *, xp: Any, relu: bool = False) -> None:
        self.xp, self.relu = xp, int(relu)

    def forward(self, x: Any, gamma: Any, beta: Any, eps: float) -> tuple[Any, Statistics]:
        """Normalize by the batch's own statistics; return the result and these."""
        x = self.xp.ascontiguousarray(x)
        N, C, area, pieces = self._sizes(x)
        sums = self.xp.empty((C, pieces, 2), _FLOAT)
        mean, var = (self.xp.empty(C, _FLOAT) for _ in range(2))
        self._run('moments', C * pieces, x, sums, C * pieces, N, C, area, pieces)
        self._run_each('finish_moments', C, x, sums, mean, var, C, area, pieces, N * area)
        inverse = (1 / self.xp.sqrt(var + _FLOAT.type(eps))).astype(_FLOAT)
        found = Statistics(mean, var, inverse, gamma * inverse, beta)
        y = self.xp.empty(x.shape, _FLOAT)
        given = x, mean, found.factor, beta, y
        self._run_each('normalize', x.size, *given, x.size, C, area, self.relu)
        return y, found

    def backward(self, x: Any, gy: Any, found: Statistics) -> tuple[Any, Any, Any]:
        """Return the gradients with respect to maps, gamma and beta."""
        x, gy = self.xp.ascontiguousarray(x), self.xp.ascontiguousarray(gy)
        N, C, area, pieces = self._sizes(x)
        sums = self.xp.empty((C, pieces, 2), _FLOAT)
        gbeta, ggamma = (self.xp.empty(C, _FLOAT) for _ in range(2))
        given = x, gy, found.mean, found.factor, found.beta, found.inverse
        n = C * pieces
        self._run('gradient_sums', n, *given, sums, n, N, C, area, pieces, self.relu)
        self._run_each('finish_gradient_sums', C, sums, gbeta, ggamma, C, pieces)
        gx = self.xp.empty(x.shape, _FLOAT)
        sizes = x.size, C, area, N * area, self.relu
        self._run_each('normalize_gradient', x.size, *given, gbeta, ggamma, gx, *sizes)
        return gx, ggamma, gbeta

    def _sizes(self, x: Any) -> tuple[int, int, int, int]:
        """N, C, pixels of a map, and in how many pieces a channel is added up."""
        N, C, H, W = x.shape
        pieces = max(1, min(-(-_BUSY // C), -(-N * H * W // (4 * THREADS))))
        return N, C, H * W, pieces

    def _run(self, name: str, blocks: int, *arguments: Any) -> None:
        launch(SOURCE, name, _FLOAT, blocks, arguments)

    def _run_each(self, name: str, n: int, *arguments: Any) -> None:
        """Run a kernel with a thread for each of n numbers."""
        self._run(name, blocks_for(n), *arguments)
