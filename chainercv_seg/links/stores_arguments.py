"""Networks whose weight files tell the arguments without which they would be other networks."""

from typing import Any

import chainer

from chainercv_seg.weights.stored_arguments import KEY, StoredArguments


class StoresArguments(chainer.Chain):
    """A chain that writes its arguments into what it is saved to, where ChainerCV's would not do.

    A network as ChainerCV has it is saved as ChainerCV saves it. Any way of saving counts: as weights, by
    Chainer's own functions, in the snapshot of a training. Chainer and ChainerCV pass over the text.
    """

    def stored_arguments(self) -> StoredArguments | None:
        """Tell the arguments to store, None for a network as ChainerCV has it."""
        return None

    def serialize(self, serializer: Any) -> None:
        """Save or load the chain.

        Args:
            serializer: Chainer's. What it loads are numbers alone: the arguments are read before the network
                is made (:mod:`chainercv_seg.weights.resolve`).
        """
        super().serialize(serializer)
        if isinstance(serializer, chainer.Serializer) and (stored := self.stored_arguments()):
            serializer(KEY, stored.encode())
