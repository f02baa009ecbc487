"""An extension that keeps the states of the random generators in snapshots."""

import random
from typing import Any

import chainer
import numpy as np


class RandomStates(chainer.training.Extension):
    """Makes a resumed training draw what the uninterrupted one would have drawn.

    Saves and restores the global generators of Python (from which ``transforms`` draw) and of NumPy
    (from which Chainer's iterators draw their order) with the snapshots of a trainer. It does nothing
    else.
    """

    trigger = 1, 'epoch'

    def __call__(self, trainer: Any) -> None:
        """Do nothing: all is done where a snapshot is saved or loaded."""

    def serialize(self, serializer: Any) -> None:
        """Save the states, or set the generators to those saved.

        Args:
            serializer: Of a snapshot, being saved or being loaded.
        """
        version, words, gauss = random.getstate()
        name, keys, position, has_gauss, cached = np.random.get_state(legacy=True)
        words = serializer('python', np.array(words, dtype=np.uint32))
        keys = serializer('numpy', np.array(keys))
        place = serializer('numpy_position', np.array([position, has_gauss]))
        # NaN stands for None, which an npz file could only hold pickled.
        normals = np.array([np.nan if gauss is None else gauss, cached])
        normals = serializer('normals', normals)
        if isinstance(serializer, chainer.Serializer):
            return
        gauss = None if np.isnan(normals[0]) else float(normals[0])
        random.setstate((version, tuple(words.tolist()), gauss))
        np.random.set_state((name, keys, int(place[0]), int(place[1]), float(normals[1])))
