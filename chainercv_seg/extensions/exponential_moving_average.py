"""An extension that averages the weights of a network over a training."""

from collections.abc import Iterator
from typing import Any

import chainer
import numpy as np


class ExponentialMovingAverage(chainer.training.Extension):
    """Keeps a second network whose weights are the moving average of the one that is trained.

    After each update every array becomes ``kept * average + (1 - kept) * trained``, batch statistics
    included. What is kept grows from 2/11 at the first update to ``decay``, as ``(1 + n) / (10 + n)``, so
    that the first weights are soon forgotten (as TensorFlow's ``ExponentialMovingAverage`` does when it is
    given the number of updates). It runs before evaluators and whatever writes, and is part of snapshots.

    Args:
        link: The network that is trained, whose parameters all have shapes, in float32 or float64.
        decay: What is kept of the average at most, at least 0 and less than 1. It is made of about the last
            ``1 / (1 - decay)`` updates.

    Attributes:
        link: The averaged network: a copy of the trained one as it was when this was made. Evaluate it,
            or save it.

    Raises:
        ValueError: ``decay`` is out of its range, or a parameter has no shape yet.
        TypeError: A parameter is float16, in which small steps are lost.
    """

    trigger = 1, 'iteration'
    priority = 5 * chainer.training.PRIORITY_WRITER

    def __init__(self, link: Any, decay: float = 0.999) -> None:
        if not 0 <= decay < 1:
            raise ValueError(f'decay must be at least 0 and less than 1: {decay}')
        for name, param in link.namedparams():
            if not param.is_initialized:
                raise ValueError(f'{name} has no shape yet: let the network see an image first')
            if param.dtype == np.float16:
                raise TypeError(f'{name} is float16, in which an average cannot be kept')
        self.decay = decay
        self._trained, self.link = link, link.copy('copy')
        self._number = 0

    def __call__(self, trainer: Any = None) -> None:
        """Take the weights after an update into the average; the trainer calls this."""
        self._number += 1
        kept = min(self.decay, (1 + self._number) / (10 + self._number))
        with chainer.using_device(self.link.device):
            for (part, name), (other, _) in zip(
                _arrays(self.link), _arrays(self._trained), strict=True
            ):
                average, trained = (
                    chainer.as_array(getattr(owner, name)) for owner in (part, other)
                )
                if getattr(average, 'dtype', np.dtype(int)).kind == 'f':
                    average *= average.dtype.type(kept)
                    average += trained * average.dtype.type(1 - kept)
                else:
                    setattr(part, name, trained)

    def serialize(self, serializer: Any) -> None:
        """Save the average and the number of updates in it, or load them.

        Args:
            serializer: Of a snapshot, being saved or being loaded.
        """
        self._number = serializer('number', self._number)
        self.link.serialize(serializer['link'])


def _arrays(link: Any) -> Iterator[tuple[Any, str]]:
    """Who holds each array that a weight file would hold, and by what name."""
    for part in link.links():
        for name in sorted(part._params | part._persistent):
            yield part, name
