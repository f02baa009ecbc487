"""Networks prepared for inference on the CPU."""

import logging
from functools import cache
from typing import Any

from chainercv_seg.engines.cpu.compiled import COMPILED, describe
from chainercv_seg.engines.cpu.engine import CPUEngine
from chainercv_seg.prepared.network import PreparedNetwork
from chainercv_seg.prepared.program_of import program_of
from chainercv_seg.utils.parameters_sha256 import parameters_sha256

_logger = logging.getLogger(__name__)


@cache
def _announce() -> None:
    """Say, once a process, what the numerical functions run on: a warning where numba is missing.

    Python prints warnings on standard error where a program has not set up its logging.
    """
    _logger.log(logging.INFO if COMPILED else logging.WARNING, describe())


def optimize(link: Any) -> PreparedNetwork:
    """Prepare a network for inference on the CPU, with less arithmetic.

    Args:
        link: A network of `chainercv_seg.links`, on the CPU. It is left as it is. Subclasses may bring
            their own constructor and parts of the known kinds, but no other ``forward`` or ``predict``.

    Returns:
        A network with the same ``predict`` that cannot be trained, saved or moved to a GPU. Its labels
        differ only where the two best scores are equal but for rounding. It does not keep the
        network's parameters: drop the network, and its memory is free.

    Raises:
        TypeError: The network cannot be prepared: the message names the part that is not known.
        ValueError: The network is not on the CPU.
    """
    program, network_name = program_of(link)
    if link.device.name != '@numpy':
        raise ValueError(
            f'expected a network on the CPU (@numpy), found one on {link.device.name}: call to_cpu'
        )
    _announce()
    network = PreparedNetwork(
        CPUEngine().compile(program),
        model=type(link).__name__,
        network_name=network_name,
        n_class=program.nodes[-1].channels,
        views=link.views,
        batchsize=link.batchsize,
        parameters_sha256=parameters_sha256(link),
    )
    _logger.info('prepared: %s', network)
    return network
