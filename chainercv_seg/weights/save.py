"""Saving the weights of a network."""

import os
from typing import Any

import numpy as np

from chainercv_seg.utils.arguments import check_able
from chainercv_seg.utils.errors import WeightsError
from chainercv_seg.utils.output_files import replaced_file
from chainercv_seg.weights.finite import check_finite


def save_weights(link: Any, path: str | os.PathLike[str], *, half: bool = False) -> None:
    """Save the weights of a network as an npz file that ChainerCV and this library load.

    The file is complete or not there: it is written under another name and moved.

    Args:
        link: The network, on any device.
        path: The file.
        half: Whether to store kernels as float16, in half of the space. Vectors stay float32: variances
            of batch normalization can be larger than float16 goes.

    Raises:
        WeightsError: An array has no values yet, or NaN or infinity, or a kernel is beyond float16.
        OutputError: The file cannot be written.
    """
    import chainer

    check_able(link, 'namedlinks', name='link')
    arrays = chainer.serializers.DictionarySerializer()
    arrays.save(link)
    empty = [name for name, array in arrays.target.items() if array.dtype == object]
    if empty:
        raise WeightsError(f'{path}: {empty[0]} has no values yet: give the network an image first')
    check_finite({name: (array, None) for name, array in arrays.target.items()}, origin=path)
    stored: Any = {
        name: _half(name, array) if half else array for name, array in arrays.target.items()
    }
    with replaced_file(path) as file:
        np.savez_compressed(file, **stored)


def _half(name: str, array: np.ndarray) -> np.ndarray:
    if array.dtype != np.float32 or array.ndim < 2:
        return array
    limit = np.finfo(np.float16).max
    if not (np.abs(array) <= limit).all():
        raise WeightsError(
            f'{name} holds values beyond {limit}, which float16 cannot store: leave out half'
        )
    return array.astype(np.float16)
