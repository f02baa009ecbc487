"""An extension that ends a training that has diverged, before it writes anything of it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import chainer
import numpy as np

from chainercv_seg.utils.errors import TrainingError


class StopOnDivergence(chainer.training.Extension):
    """Raises after the first update whose loss, or what came of it, is NaN or infinite.

    It runs before all other extensions, so that nothing of that update is written: no weights, no
    snapshot, no log. What it looks at are the losses that were reported in the update (``main/loss``,
    ``main/loss/auxiliary``) and the weights after it, running statistics included. Updates that dynamic
    loss scaling leaves out, since gradients overflow, are none: neither the loss nor the weights hold NaN.

    Args:
        comm: A ChainerMN communicator, whose ranks all end when one diverges; None for one process.

    Raises:
        TrainingError: The training has diverged. The message names the iteration, the rank and what is
            not finite.
    """

    trigger = 1, 'iteration'
    priority = 10 * chainer.training.PRIORITY_WRITER

    def __init__(self, comm: Any = None) -> None:
        self.comm = comm

    def __call__(self, trainer: Any) -> None:
        """Look at the update that was just done; the trainer calls this."""
        links = [optimizer.target for optimizer in trainer.updater.get_all_optimizers().values()]
        own = _losses(trainer.observation), _weights(links)
        ranks = [own] if self.comm is None else self.comm.mpi_comm.allgather(own)
        # Losses first: what one rank's has become, the mean of the gradients does to all weights.
        found = [
            what + (f' in rank {rank} of {len(ranks)}' if len(ranks) > 1 else '')
            for kind in zip(*ranks, strict=True)
            for rank, what in enumerate(kind)
            if what
        ]
        if found:
            raise TrainingError(
                f'the training has diverged at iteration {trainer.updater.iteration}: {found[0]}. '
                'Nothing of this iteration is written. A lower learning rate may help, from the '
                'start or from an earlier snapshot'
            )


def _losses(observation: Mapping[str, Any]) -> str:
    """Name a reported loss that is not finite; empty where there is none."""
    for name, value in observation.items():
        if 'loss' in name.split('/'):
            loss = float(chainer.as_array(value))
            if not np.isfinite(loss):
                return f'{name} is {loss}'
    return ''


def _weights(links: Iterable[Any]) -> str:
    """Name an array of networks that is not finite; empty where there is none."""
    for link in links:
        with np.errstate(all='ignore'), chainer.using_device(link.device):
            arrays = dict(_arrays(link))
            total = sum((array.sum(dtype=np.float32) for array in arrays.values()), np.float32())
            if np.isfinite(float(total)):  # the one wait for a GPU
                continue
            for name, array in arrays.items():
                if not bool(link.xp.isfinite(array).all()):
                    return f'{name} holds NaN or infinity'
    return ''


def _arrays(link: Any) -> Iterator[tuple[str, Any]]:
    """All arrays of real numbers that a weight file would hold, with their names."""
    for place, part in link.namedlinks():
        for name in sorted(part._params | part._persistent):
            array = chainer.as_array(getattr(part, name))
            if getattr(array, 'dtype', np.dtype(int)).kind == 'f':
                yield f'{place.rstrip("/")}/{name}', array
