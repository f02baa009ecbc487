"""Networks prepared for inference on the CPU."""

import logging
from functools import cache
from typing import Any

from chainercv_seg.engines.cpu.compiled import COMPILED, describe

_logger = logging.getLogger(__name__)


@cache
def _announce() -> None:
    """Say, once a process, what the numerical functions run on: a warning where numba is missing.

    Python prints warnings on standard error where a program has not set up its logging.
    """
    _logger.log(logging.INFO if COMPILED else logging.WARNING, describe())


def optimize(link: Any) -> Any:
    """Prepare a network for inference on the CPU, with less arithmetic.

    How is a matter of each network: its method ``optimized`` does the work.

    Args:
        link: A network of `chainercv_seg.links`, on the CPU. It is left as it is.

    Returns:
        A link with the same ``predict`` that cannot be trained, saved or moved to a GPU. Its labels
        differ only where the two best scores are equal but for rounding. It does not keep the
        network's parameters: drop the network, and its memory is free.

    Raises:
        TypeError: The network cannot be prepared.
        ValueError: The network is not on the CPU.
    """
    if not hasattr(link, 'optimized'):
        raise TypeError(
            f'expected a network of chainercv_seg.links that has a method optimized, found '
            f'{type(link).__name__}'
        )
    if link.device.name != '@numpy':
        raise ValueError(
            f'expected a network on the CPU (@numpy), found one on {link.device.name}: call to_cpu'
        )
    _announce()
    return link.optimized()
