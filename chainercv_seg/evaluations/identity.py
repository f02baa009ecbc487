"""Which evaluation it is: all that its counts depend on."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def evaluation_identity(
    link: Any,
    dataset: Any,
    *,
    label_names: Sequence[str],
    protocol: Mapping[str, Any],
    weights_sha256: str | None,
) -> dict[str, Any]:
    """Describe an evaluation so that two of them can be told apart.

    Args:
        link: The network.
        dataset: The data set.
        label_names: A name for each class.
        protocol: The protocol, with the split.
        weights_sha256: Hash of the weight file. None: the parameters of the network are hashed.

    Returns:
        Names and values. They do not change when files move to another folder.

    Raises:
        ValueError: Nothing tells the weights, or the data, from others.
    """
    return {
        'network': type(link).__name__,
        **protocol,
        'weights': weights_sha256 or _known_parameters_sha256(link),
        'label_names': list(label_names),
        'files': _files_sha256(dataset, named='data' in protocol),
    }


def _known_parameters_sha256(link: Any) -> str:
    digest = parameters_sha256(link)
    if digest is None:
        raise ValueError(
            f'{type(link).__name__} has no parameters that would tell its weights from others: a '
            'journal needs weights_sha256'
        )
    return digest


def parameters_sha256(link: Any) -> str | None:
    """Hash a link's parameters and persistent values; None where it has none, as an optimized one."""
    values: dict[str, Any] = {}
    if hasattr(link, 'serialize'):
        from chainer.serializers import DictionarySerializer

        DictionarySerializer(values).save(link)
    if not values:
        return None
    digest = hashlib.sha256()
    for name, value in sorted(values.items()):
        digest.update(f'{name} {value.dtype} {value.shape}\n'.encode())
        digest.update(value.tobytes() if value.dtype != object else repr(value).encode())
    return digest.hexdigest()


def _files_sha256(dataset: Any, *, named: bool) -> str | None:
    """Hash of the names and the sizes of all files, and of what is in label maps.

    The contents of images would have to be read, all of them, before the first is evaluated; label
    maps are small.
    """
    digest = hashlib.sha256()
    n_file = 0
    for i in range(len(dataset)):
        files = dataset.sample_files(i) if hasattr(dataset, 'sample_files') else ()
        n_file += len(files)
        for path in files:
            digest.update(f'{os.path.basename(path)}\n{os.path.getsize(path)}\n'.encode())
        for path in files[1:]:
            digest.update(Path(path).read_bytes())
    if not n_file and not named:
        raise ValueError(
            'the data set has no files (sample_files) that would tell it from others: a journal needs '
            "its name as 'data' in protocol"
        )
    return digest.hexdigest() if n_file else None


def sample_name(dataset: Any, index: int) -> str:
    """Tell what to call a sample in a message.

    Args:
        dataset: One of ours, or any other.
        index: Number of the sample.

    Returns:
        Its file where it has one and the data set says so, else its number.
    """
    return dataset.sample_name(index) if hasattr(dataset, 'sample_name') else f'sample {index}'
