"""The loss of a segmentation network: softmax cross entropy of each pixel."""

import operator
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
        ValueError: ``class_weight`` is not a vector of numbers from 0 on, one a class where the network
            says how many there are, or ``ignore_label`` is no integer.
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
        try:
            self.ignore_label = operator.index(ignore_label)
        except TypeError:
            raise ValueError(f'ignore_label must be an integer, but got {ignore_label!r}') from None
        n_class = getattr(predictor, 'n_class', None)
        self.class_weight = None if class_weight is None else _weights(class_weight, n_class)

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


def _weights(class_weight: Sequence[float] | np.ndarray, n_class: int | None) -> np.ndarray:
    """Factors of classes as an array, if that is what they are."""
    try:
        weights = np.asarray(class_weight, dtype=np.float32)
    except (TypeError, ValueError):
        weights = np.zeros(0, np.float32)
    if weights.ndim != 1 or not weights.size or not (np.isfinite(weights) & (weights >= 0)).all():
        raise ValueError(
            f'class_weight must hold a number from 0 on a class, but got {class_weight!r}'
        )
    if len(weights) != (n_class or len(weights)):
        raise ValueError(f'class_weight holds {len(weights)} numbers for {n_class} classes')
    return weights
