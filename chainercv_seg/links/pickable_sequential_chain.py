"""A sequence of layers of which any can be picked as outputs."""

from collections.abc import Iterable
from typing import Any

import chainer


class PickableSequentialChain(chainer.Chain):
    """Apply layers in the order in which they were registered, and return those that are picked.

    Layers are callables assigned inside ``init_scope``; those that are links become child links.

    Attributes:
        layer_names: Names of the layers, in order. (list of str)

    Example:
        >>> model = PickableSequentialChain()
        >>> with model.init_scope():
        ...     model.fc1 = L.Linear(4, 3)
        ...     model.relu = F.relu
        >>> model.pick = ('relu', 'fc1')
        >>> relu, fc1 = model(x)
    """

    def __init__(self) -> None:
        super().__init__()
        self.layer_names: list[str] = []
        self.pick = None

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if self.within_init_scope and callable(value) and name not in self.layer_names:
            self.layer_names.append(name)

    def __delattr__(self, name: str) -> None:
        if name in (self._pick or ()):
            raise AttributeError(
                f'layer {name} is registered to pick. Change pick before deleting it'
            )
        super().__delattr__(name)
        if name in self.layer_names:
            self.layer_names.remove(name)

    @property
    def pick(self) -> str | tuple[str, ...] | None:
        """What a call returns: one layer, a tuple of layers, or (None) the last layer.

        Raises:
            ValueError: A name that is set is not one of :attr:`layer_names`.
        """
        if self._pick is None or self._return_tuple:
            return self._pick
        return self._pick[0]

    @pick.setter
    def pick(self, pick: str | Iterable[str] | None) -> None:
        """Choose what a call returns."""
        names = (pick,) if isinstance(pick, str) else None if pick is None else tuple(pick)
        layers = f'pick must name layers of this chain ({", ".join(self.layer_names)})'
        for name in names or ():
            if name not in self.layer_names:
                raise ValueError(f'Invalid layer name ({name}): {layers}')
        if names == ():
            raise ValueError(f'{layers}, but got {pick!r}')
        self._pick = names
        self._return_tuple = names is not None and not isinstance(pick, str)

    def remove_unused(self) -> None:
        """Delete the layers behind the last one that is picked."""
        if self._pick is not None:
            for name in self.layer_names[self._last_index(self._pick) + 1 :]:
                delattr(self, name)

    def forward(self, x: Any) -> Any:
        """Apply the layers, as far as they are needed.

        Args:
            x: Input of the first layer.

        Returns:
            The picked outputs: see :attr:`pick`.
        """
        picked = (self.layer_names[-1],) if self._pick is None else self._pick
        outputs = {}
        for name in self.layer_names[: self._last_index(picked) + 1]:
            x = self[name](x)
            if name in picked:
                outputs[name] = x
        if self._return_tuple:
            return tuple(outputs[name] for name in picked)
        return outputs[picked[0]]

    def copy(self, *args: Any, **kwargs: Any) -> Any:
        """Copy the chain as :meth:`chainer.Link.copy` does, with a list of layers of its own."""
        copied = super().copy(*args, **kwargs)
        copied.layer_names = list(self.layer_names)
        return copied

    def _last_index(self, names: Iterable[str]) -> int:
        return max(self.layer_names.index(name) for name in names)
