"""Batch normalization as the links here build it: of one process, or of all of ChainerMN's."""

from collections.abc import Mapping
from typing import Any

import chainer
import chainer.functions as F
import chainer.links as L
import numpy as np

from chainercv_seg.functions.batch_normalization_function import BatchNormalizationFunction, fuses
from chainercv_seg.functions.gpu_batch_normalization import GPUBatchNormalization, fuses_on_gpu
from chainercv_seg.utils.arguments import keyword_arguments
from chainercv_seg.utils.extras import require_extra


class BatchNormalization(L.BatchNormalization):
    """:class:`chainer.links.BatchNormalization` that trains in fewer passes.

    Arguments, parameters and numerics are Chainer's, but for rounding.
    """

    def trains_fast(self, x: Any) -> bool:
        """Whether `train_fast` can take such an input: ``(N, C, H, W)`` float32 on the CPU."""
        return (
            chainer.config.train
            and self.xp is np
            and self.axis is None
            and fuses(x, self.avg_mean, self.avg_var, self.gamma, self.beta)
        )

    def train_fast(
        self, x: Any, *, relu: bool = False, pool: bool = False
    ) -> tuple[chainer.Variable, np.ndarray | None]:
        """Normalize by the batch's own statistics, and move the running ones.

        Args:
            x: ``(N, C, H, W)`` float32 array or variable.
            relu: Whether negative results become 0.
            pool: Whether to keep the largest of each window of 2 by 2, border windows cut off.

        Returns:
            The result, and when pooled where in its window each number was, ``(N, H', W', C)``
            int8, else None.
        """
        function = BatchNormalizationFunction(self.eps, relu=relu, pool=pool)
        return self._train(function, x), function.done.codes

    def trains_on_gpu(self, x: Any) -> bool:
        """Whether `train_on_gpu` can take such an input: ``(N, C, H, W)`` float32."""
        return (
            chainer.config.train
            and isinstance(self.device, chainer.backend.GpuDevice)
            and self.axis is None
            and fuses_on_gpu(x, self.avg_mean, self.avg_var, self.gamma, self.beta)
        )

    def train_on_gpu(self, x: Any, *, relu: bool = False) -> chainer.Variable:
        """Do what `train_fast` does, where Chainer has no cuDNN to ask."""
        with chainer.using_device(self.device):  # another may be the current one
            return self._train(GPUBatchNormalization(self.eps, relu=relu), x)

    def _train(self, function: Any, x: Any) -> chainer.Variable:
        """Apply a function, and move the running statistics by those of the batch."""
        (y,) = function.apply((x, self.gamma, self.beta))
        done, count = function.done, x.size // x.shape[1]
        for running, new in (
            (self.avg_mean, done.mean),
            (self.avg_var, done.var * (count / max(count - 1, 1))),  # unbiased
        ):
            running *= self.decay
            running += (1 - self.decay) * new
        return y

    def forward(self, x: Any, **kwargs: Any) -> chainer.Variable:
        """Normalize; ``finetune=True`` averages running statistics, as Chainer does."""
        if not kwargs.get('finetune') and self.trains_fast(x):
            return self.train_fast(x)[0]
        if not kwargs.get('finetune') and self.trains_on_gpu(x):
            return self.train_on_gpu(x)
        return super().forward(x, **kwargs)


def normalize_and_activate(bn: Any, x: Any, activ: Any) -> chainer.Variable:
    """Apply a batch normalization and an activation (or None), in one pass where that can be."""
    if activ is F.relu and isinstance(bn, BatchNormalization):
        if bn.trains_fast(x):
            return bn.train_fast(x, relu=True)[0]
        if bn.trains_on_gpu(x):
            return bn.train_on_gpu(x, relu=True)
    h = bn(x)
    return h if activ is None else activ(h)


def batch_normalization(size: int, bn_kwargs: Mapping[str, Any] | None) -> Any:
    """Build a batch normalization link.

    Args:
        size: Number of channels.
        bn_kwargs: Arguments of :class:`chainer.links.BatchNormalization`. With a ChainerMN
            communicator under the key ``'comm'``, they are those of
            :class:`chainermn.links.MultiNodeBatchNormalization`, which shares the batch statistics
            between the processes. None means none.

    Returns:
        The link.

    Raises:
        ValueError: ``bn_kwargs`` is no dict.
        MissingExtraError: There is a communicator, but ChainerMN or mpi4py is not installed.
    """
    kwargs = keyword_arguments(bn_kwargs, name='bn_kwargs')
    if 'comm' not in kwargs:
        return BatchNormalization(size, **kwargs)
    # Imported only here: it is slow, and of use only to those who have a communicator.
    chainermn = require_extra('chainermn.links', extra='mpi', purpose='A communicator in bn_kwargs')
    return chainermn.MultiNodeBatchNormalization(size, **kwargs)
