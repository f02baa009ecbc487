"""Kernels compiled before they are needed."""

from typing import Any, NamedTuple

import numpy as np

from chainercv_seg.engines.cpu.compiled import COMPILED, compilations, kept_in
from chainercv_seg.engines.cpu.engine import CPUEngine
from chainercv_seg.engines.engine import DEFAULT_PRECISION
from chainercv_seg.links import DeepLabV3plusXception65, PSPNetResNet50, SegNetBasic
from chainercv_seg.prepared.engines import check_precision
from chainercv_seg.prepared.optimize import optimize
from chainercv_seg.utils.errors import DeviceError, MissingExtraError
from chainercv_seg.utils.extras import install_command


class WarmUp(NamedTuple):
    """What was done.

    Attributes:
        compiled: How many kernels had to be compiled, each for some types of its arguments.
        folder: Where they are kept.
    """

    compiled: int
    folder: str


# Kernels are compiled for types, not for sizes: small images do, some of them wider, some cut into tiles.
_SIDE = 65
_SIZES = ((45, 58), (_SIDE, _SIDE), (70, 100))
_NETWORKS: tuple[tuple[Any, dict[str, Any], dict[str, Any]], ...] = (
    (SegNetBasic, {}, {}),
    (PSPNetResNet50, {'input_size': _SIDE}, {}),  # with 101 layers it has the same kernels
    (DeepLabV3plusXception65, {'min_input_size': _SIDE}, {'scales': (1.0, 1.5), 'flip': True}),
)


def warm_up(precision: str = DEFAULT_PRECISION) -> WarmUp:
    """Compile all kernels that networks need to predict on the CPU, unless they are there already.

    Each kind of network predicts small images, with random weights.

    Args:
        precision: In what products are computed.

    Returns:
        How many kernels were compiled, and where they are.

    Raises:
        MissingExtraError: numba is not installed: there are no kernels.
        ValueError: The CPU does not compute in the precision.
        DeviceError: This one does not, or there is no place where kernels can be kept.
    """
    if not COMPILED:
        raise MissingExtraError(
            f'numba is not installed, so there is nothing to compile: {install_command("fast")}'
        )
    check_precision(CPUEngine(), precision)
    before, rng = compilations(), np.random.RandomState(0)
    for network, arguments, settings in _NETWORKS:
        link = optimize(network(n_class=5, **arguments), precision=precision)
        for name, value in settings.items():
            setattr(link, name, value)
        for size in _SIZES:
            link.predict([rng.uniform(0, 255, (3, *size)).astype(np.float32)])
        link.runner.close()
    folder = kept_in()
    if folder is None:
        raise DeviceError(
            'compiled kernels cannot be kept on disk: set NUMBA_CACHE_DIR to a folder that can be written '
            'and has space'
        )
    return WarmUp(compilations() - before, folder)
