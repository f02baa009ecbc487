"""The loss of a segmentation network: softmax cross entropy of each pixel."""

from collections.abc import Sequence
from typing import Any

import chainer
import chainer.functions as F
import numpy as np


class PixelwiseSoftmaxClassifier(chainer.Chain):
    """Softmax cross entropy of a network's scores, averaged over the pixels that have a label.

    The loss is reported as ``loss``.

    Args:
        predictor: The network, from images to scores.
        ignore_label: Label of pixels that do not count.
        class_weight: ``(n_class,)``: factor of each class's loss. None is 1 for all. The sum is
            still divided by the number of pixels.

    Attributes:
        y: Scores of the last call. (:class:`chainer.Variable`)
        loss: Loss of the last call. (:class:`chainer.Variable`)

    Raises:
        ValueError: ``class_weight`` is not a vector.
    """

    def __init__(
        self,
        predictor: Any,
        ignore_label: int = -1,
        class_weight: Sequence[float] | np.ndarray | None = None,
    ) -> None:
        super().__init__()
        with self.init_scope():
            self.predictor = predictor
        self.ignore_label = ignore_label
        self.class_weight = (
            None if class_weight is None else np.asarray(class_weight, dtype=np.float32)
        )
        if self.class_weight is not None and self.class_weight.ndim != 1:
            raise ValueError(
                f'class_weight must hold a number a class, but has shape {self.class_weight.shape}'
            )

    def device_resident_accept(self, visitor: Any) -> None:
        """Take the class weights along when the link moves to another device.

        They are no persistent value, which would add an array to the files that ChainerCV reads.

        Args:
            visitor: What Chainer moves the arrays with.
        """
        super().device_resident_accept(visitor)
        if self.class_weight is not None:
            self.class_weight = visitor.visit_array(self.class_weight)

    def forward(self, x: Any, t: Any) -> chainer.Variable:
        """Compute the loss.

        Args:
            x: Images as the network takes them, ``(N, 3, H, W)`` float32.
            t: Label maps of the size of the scores, ``(N, H', W')`` int32.

        Returns:
            The loss, a float32 scalar.
        """
        self.y = self.predictor(x)
        self.loss = F.softmax_cross_entropy(
            self.y, t, class_weight=self.class_weight, ignore_label=self.ignore_label
        )
        chainer.reporter.report({'loss': self.loss}, self)
        return self.loss
