"""Which links a description is true of: those whose methods are the ones that it was read from."""

import sys
from collections.abc import Iterator
from types import FunctionType
from typing import Any

import chainer.links as L

from chainercv_seg.links.batch_normalization import BatchNormalization
from chainercv_seg.links.convolution import Convolution2D


def check_known(link: Any, known: type | None = None) -> None:
    """Check that a link computes what its known class does.

    A subclass may bring its own constructor and methods of other names. Overrides in the class or in the
    object, methods put into the known class from elsewhere, and hooks would be dropped silently.

    Args:
        link: The link.
        known: Its known class; None for a convolution or a batch normalization.

    Raises:
        TypeError: It does not. The message names the method.
    """
    if known is None:
        candidates = [cls for cls in type(link).__mro__ if cls in _leaves()]
        known = candidates[0] if candidates else None
    name = getattr(link, 'name', None)
    where = f'{type(link).__name__}{f" ({name})" if name else ""}'
    if known is None or not isinstance(link, known):
        expected = 'a convolution or batch normalization' if known is None else known.__name__
        raise TypeError(f'expected {expected} in a network to optimize, found {where}')
    for method in _changed(link, known):
        raise TypeError(
            f'{where} has its own {method}: what it computes is not known, and it cannot be optimized. '
            'Use the network as it is (--no-optimize)'
        )
    if getattr(link, 'local_link_hooks', None):
        raise TypeError(f'{where} has link hooks, which an optimized network would not call')


def _leaves() -> tuple[type, ...]:
    """The links without parts that are described; that of ChainerMN only where it is loaded."""
    chainermn = sys.modules.get('chainermn.links')
    shared = getattr(chainermn, 'MultiNodeBatchNormalization', None)
    known = (Convolution2D, L.Convolution2D, BatchNormalization, L.BatchNormalization)
    return known if shared is None else (*known, shared)


def _changed(link: Any, known: type) -> Iterator[str]:
    """Name the methods and properties that a description relies on and that are others in a link."""
    ancestors = type(link).__mro__
    above = ancestors[: ancestors.index(known)]
    ours = [cls for cls in ancestors[len(above) :] if cls.__module__.startswith('chainercv_seg.')]
    names = {'forward', '__call__', *(name for cls in ours for name in vars(cls))} - {'__init__'}
    for name in sorted(names):
        own = getattr(known, name, None)
        if not isinstance(own, property | FunctionType):
            continue
        foreign = isinstance(own, FunctionType) and all(
            own.__module__ != cls.__module__ for cls in ancestors[len(above) :]
        )
        if foreign or name in vars(link) or any(name in vars(cls) for cls in above):
            yield name
