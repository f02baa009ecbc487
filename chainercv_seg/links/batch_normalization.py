"""Batch normalization as the links here build it: of one process, or of all of ChainerMN's."""

from collections.abc import Mapping
from typing import Any

import chainer.links as L

from chainercv_seg.utils.extras import require_extra


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
        MissingExtraError: There is a communicator, but ChainerMN or mpi4py is not installed.
    """
    kwargs = dict(bn_kwargs or {})
    if 'comm' not in kwargs:
        return L.BatchNormalization(size, **kwargs)
    # Imported only here: it is slow, and of use only to those who have a communicator.
    chainermn = require_extra('chainermn.links', extra='mpi', purpose='A communicator in bn_kwargs')
    return chainermn.MultiNodeBatchNormalization(size, **kwargs)
