"""Means and variances of batch normalization, taken anew with the final weights."""

from collections.abc import Iterable
from typing import Any

import chainer


def recompute_batch_statistics(link: Any, batches: Iterable[Any]) -> None:
    """Replace the running statistics by the mean over batches, all of the same weight.

    Running statistics lag behind the weights, and come from augmented crops; these fit the images that
    the network is used on.

    Args:
        link: A network. Its batch normalization links are found by their ``avg_mean`` and ``decay``,
            so that those of ChainerMN count too.
        batches: What the network takes, on its device.

    Raises:
        ValueError: There are no batches.
    """
    found = [part for part in link.links() if hasattr(part, 'avg_mean') and hasattr(part, 'decay')]
    decays = [part.decay for part in found]
    number = 0
    try:
        with chainer.using_config('train', True), chainer.no_backprop_mode():
            for number, batch in enumerate(batches, 1):
                for part in found:
                    part.decay = 1 - 1 / number
                link(batch)
    finally:
        for part, decay in zip(found, decays, strict=True):
            part.decay = decay
    if number == 0:
        raise ValueError('batch statistics need at least one batch')
