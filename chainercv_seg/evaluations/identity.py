"""Which evaluation it is: all that its counts depend on."""

from collections.abc import Mapping, Sequence
from typing import Any

from chainercv_seg.evaluations.file_hashes import FileHashes
from chainercv_seg.utils.parameters_sha256 import parameters_sha256

#: What is not compared: it says more of what is.
_DETAILS = 'details'
#: How much of a value is shown where it is another.
_SHOWN = 100


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
        Names and values. They do not change when files move to another folder. ``'details'`` says of what
        the hash ``'files'`` is made, for messages.

    Raises:
        ValueError: Nothing tells the weights, or the data, from others.
    """
    files = FileHashes(dataset)
    if not files.n_file and 'data' not in protocol:
        raise ValueError(
            'the data set has no files (sample_files) that would tell it from others: a journal needs '
            "its name as 'data' in protocol"
        )
    return {
        'network': getattr(link, 'network_name', type(link).__name__),
        **protocol,
        'weights': weights_sha256 or _known_parameters_sha256(link),
        'label_names': list(label_names),
        'files': files.all if files.n_file else None,
        _DETAILS: {'files': files.parts if files.n_file else {}},
    }


def _known_parameters_sha256(link: Any) -> str:
    digest = parameters_sha256(link)
    if digest is None:
        raise ValueError(
            f'{type(link).__name__} has no parameters that would tell its weights from others: a '
            'journal needs weights_sha256'
        )
    return digest


def tell_differences(found: Mapping[str, Any], expected: Mapping[str, Any]) -> list[str]:
    """Say in what an evaluation differs from another.

    Args:
        found: What :func:`evaluation_identity` returned for the one in the journal. Older versions wrote
            no details, and later ones may write others: they are not compared.
        expected: Likewise for the one at hand.

    Returns:
        A few words for each difference.
    """
    keys = [key for key in {**found, **expected} if key != _DETAILS]
    differences = []
    for key in keys:
        if found.get(key) == expected.get(key):
            continue
        before, now = (_details(header, key) for header in (found, expected))
        parts = [part for part in now if now[part] != before.get(part, now[part])]
        differences.append(
            f'{", ".join(parts)} are others than in the journal'
            if parts
            else f'{key} is {_short(found.get(key))} in the journal, {_short(expected.get(key))} now'
        )
    return differences


def _details(header: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    details = header.get(_DETAILS)
    parts = details.get(key) if isinstance(details, dict) else None
    return parts if isinstance(parts, dict) else {}


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f'{text[:_SHOWN]}...'
