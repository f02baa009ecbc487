"""Which evaluation it is: all that its counts depend on."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from typing import Any


def evaluation_identity(
    link: Any,
    dataset: Any,
    *,
    label_names: Sequence[str],
    protocol: Mapping[str, Any],
    weights: str | None,
) -> dict[str, Any]:
    """Describe an evaluation so that two of them can be told apart.

    Args:
        link: The network.
        dataset: The data set.
        label_names: A name for each class.
        protocol: The protocol, with the split.
        weights: Hash of the weight file, or its name.

    Returns:
        Names and values. They do not change when files move to another folder.
    """
    return {
        'network': type(link).__name__,
        **protocol,
        'weights': weights,
        'label_names': list(label_names),
        'files': _fingerprint(dataset),
    }


def _fingerprint(dataset: Any) -> str:
    """Hash of the names of all images and of the sizes of their files.

    Contents would have to be read, all of them, before the first image is evaluated.
    """
    digest = hashlib.sha256()
    for i in range(len(dataset)):
        name = sample_name(dataset, i)
        size = os.path.getsize(name) if os.path.isfile(name) else None
        digest.update(f'{os.path.basename(name)}\n{size}\n'.encode())
    return digest.hexdigest()


def sample_name(dataset: Any, index: int) -> str:
    """Tell what to call a sample in a message.

    Args:
        dataset: One of ours, or any other.
        index: Number of the sample.

    Returns:
        Its file where it has one and the data set says so, else its number.
    """
    return dataset.sample_name(index) if hasattr(dataset, 'sample_name') else f'sample {index}'
