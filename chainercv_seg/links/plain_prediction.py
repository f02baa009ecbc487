"""Prediction with Chainer's own arithmetic, and the advice that there is a faster one."""

import logging
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import numpy as np

from chainercv_seg.inference.predict import predict

_logger = logging.getLogger(__name__)


def predict_plain(
    link: Any, imgs: Iterable[np.ndarray], score: Callable[[Any], Any]
) -> list[np.ndarray]:
    """Predict label maps with a network as it is.

    A warning says once a process that the network can be optimized, unless ``link.stays_plain``
    is set: whoever asked for this arithmetic knows.

    Args:
        link: The network, with ``views``, ``batchsize`` and ``device``.
        imgs: Images; see :func:`~chainercv_seg.inference.predict`.
        score: Its score function.

    Returns:
        ``(H, W)`` int32 NumPy arrays, one an image.

    Raises:
        ValueError: An image cannot be used.
        DeviceError: The memory is not enough.
    """
    if not getattr(link, 'stays_plain', False):
        _advise()
    return predict(imgs, score, plan=link.views.plan, batchsize=link.batchsize, device=link.device)


@cache
def _advise() -> None:
    _logger.warning(
        "a network predicts with Chainer's own arithmetic. chainercv_seg.optimize(link) gives one that "
        'predicts the same several times faster, from the weights as they are then'
    )
