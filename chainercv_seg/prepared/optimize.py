"""Networks prepared for inference."""

import logging
from functools import cache
from typing import Any

from chainercv_seg.engines.cpu.compiled import COMPILED, describe
from chainercv_seg.engines.engine import DEFAULT_PRECISION
from chainercv_seg.prepared.engines import engine_on
from chainercv_seg.prepared.network import PreparedNetwork
from chainercv_seg.prepared.program_of import program_of
from chainercv_seg.utils.errors import DeviceError
from chainercv_seg.utils.parameters_sha256 import parameters_sha256

_logger = logging.getLogger(__name__)


def optimize_if_there(link: Any) -> Any:
    """Prepare a network as `optimize` does, unless what that needs on its device is not installed.

    Args:
        link: The network.

    Returns:
        The prepared network, or the link itself, after one warning a process that says what is missing.

    Raises:
        TypeError: The network cannot be prepared.
    """
    try:
        return optimize(link)
    except DeviceError as error:
        tell_missing(str(error))
        link.stays_plain = True  # it would be advised to optimize
        return link


@cache
def tell_missing(what: str) -> None:
    """Warn once a process that something is missing, with the remedy, and of what is done instead."""
    _logger.warning("%s. Until then Chainer's own arithmetic, which is slower, is used", what)


@cache
def _announce() -> None:
    """Say, once a process, what the numerical functions run on: a warning where numba is missing.

    Python prints warnings on standard error where a program has not set up its logging.
    """
    _logger.log(logging.INFO if COMPILED else logging.WARNING, describe())


def optimize(link: Any, *, precision: str = DEFAULT_PRECISION) -> PreparedNetwork:
    """Prepare a network for inference on the device where it is, with less arithmetic.

    Args:
        link: A network of `chainercv_seg.links`, on the CPU or a GPU. It is left as it is. Subclasses may
            bring their own constructor and parts of the known kinds, but no other ``forward`` or
            ``predict``.
        precision: In what products are computed: ``'float32'``, or another that the device's engine
            knows. The protocol of the result names it.

    Returns:
        A network with the same ``predict`` that cannot be trained, saved or moved to another device. Its
        labels differ, in float32 on the CPU, only where the two best scores are equal but for rounding. It
        does not keep the network's parameters: drop the network, and its memory is free.

    Raises:
        TypeError: The network cannot be prepared: the message names the part that is not known.
        ValueError: There is no engine for the device, or it does not know the precision.
        DeviceError: What the engine needs is not installed.
    """
    program, network_name = program_of(link)
    engine = engine_on(link.device, precision)
    if engine.name == 'cpu':
        _announce()
    network = PreparedNetwork(
        engine.compile(program, precision=precision),
        model=type(link).__name__,
        network_name=network_name,
        n_class=program.nodes[-1].channels,
        views=link.views,
        batchsize=link.batchsize,
        device_name=link.device.name,
        precision=precision,
        parameters_sha256=parameters_sha256(link),
    )
    _logger.info('prepared: %s', network)
    return network
