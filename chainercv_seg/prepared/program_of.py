"""The program of a network, whichever it is."""

from typing import Any

from chainercv_seg.engines.program import Program
from chainercv_seg.links import DeepLabV3plus, DeepLabV3plusXception65, PSPNet, SegNetBasic
from chainercv_seg.prepared.deeplab import write_deeplab
from chainercv_seg.prepared.known import check_known
from chainercv_seg.prepared.network import PreparedNetwork
from chainercv_seg.prepared.pspnet import write_pspnet
from chainercv_seg.prepared.segnet import write_segnet

#: What describes a network, and the name that journals know the prepared one by: a class of versions up to
#: 0.1. Subclasses count as their nearest class here.
DESCRIPTIONS: dict[type, tuple[Any, str]] = {
    SegNetBasic: (write_segnet, 'OptimizedSegNet'),
    PSPNet: (write_pspnet, 'OptimizedPSPNet'),
    DeepLabV3plus: (write_deeplab, 'OptimizedDeepLabV3plus'),
    DeepLabV3plusXception65: (write_deeplab, 'OptimizedDeepLabV3plus'),
}


def program_of(link: Any) -> tuple[Program, str]:
    """Describe a network as a program.

    Args:
        link: A network of `chainercv_seg.links`. Subclasses may bring their own constructor and parts of the
            known kinds, but no other ``forward`` or ``predict``.

    Returns:
        The program, whose weights refer to the network's arrays, and the name by which journals know it.

    Raises:
        TypeError: A part of the network is not known: the message names it.
    """
    if isinstance(link, PreparedNetwork):
        raise TypeError(
            f'expected a network of chainercv_seg.links, found one prepared before: {link}'
        )
    known = [cls for cls in type(link).__mro__ if cls in DESCRIPTIONS]
    if not known:
        names = ', '.join(cls.__name__ for cls in DESCRIPTIONS)
        raise TypeError(f'expected a network to optimize ({names}), found {type(link).__name__}')
    check_known(link, known[0])
    write, name = DESCRIPTIONS[known[0]]
    return write(link), name
