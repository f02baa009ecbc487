"""Which evaluation it is: all that its counts depend on."""

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from chainercv_seg.evaluations.file_hashes import FileHashes
from chainercv_seg.evaluations.gpu_plans import plan_identity
from chainercv_seg.evaluations.samples import sample_name
from chainercv_seg.utils.parameters_sha256 import parameters_sha256

#: What is not compared: it says more of what is.
DETAILS = 'details'
#: Letters of the names of all images that are kept at most, those of some 20,000 images.
_MAX_NAMES = 500_000
#: How much of a value is shown where it is another.
_SHOWN = 100


def evaluation_identity(
    link: Any,
    dataset: Any,
    *,
    label_names: Sequence[str],
    protocol: Mapping[str, Any],
    weights_sha256: str | None,
    weights: str | None = None,
    mixed_gpus: bool = False,
    details: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Describe an evaluation so that two of them can be told apart.

    Args:
        link: The network.
        dataset: The data set.
        label_names: A name for each class.
        protocol: The protocol, with the split.
        weights_sha256: Hash of the weight file. None: the parameters of the network are hashed.
        weights: What the weights are called.
        mixed_gpus: Whether images may be predicted on GPUs of different kinds.
        details: What else to say of it, by other names than those here.

    Returns:
        Names and values. They do not change when files move to another folder. ``'details'`` says more, for
        messages and results: of what the hash ``'files'`` is made, and what weights and images are called.

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
        **plan_identity(link, mixed=mixed_gpus),
        DETAILS: {
            'files': files.parts if files.n_file else {},
            'weights name': weights,
            'image names': _image_names(dataset),
            **(details or {}),
        },
    }


def _image_names(dataset: Any) -> list[str] | None:
    """What images are called, without their folders; None where that would be too much text."""
    names = [os.path.basename(sample_name(dataset, i)) for i in range(len(dataset))]
    return names if len(json.dumps(names)) <= _MAX_NAMES else None


def _known_parameters_sha256(link: Any) -> str:
    digest = parameters_sha256(link)
    if digest is None:
        raise ValueError(
            f'{type(link).__name__} has no parameters that would tell its weights from others: a '
            'journal needs weights_sha256'
        )
    return digest


def tell_differences(
    found: Mapping[str, Any],
    expected: Mapping[str, Any],
    *,
    there: str = 'in the journal',
    here: str = 'now',
) -> list[str]:
    """Say in what an evaluation differs from another.

    Args:
        found: What :func:`evaluation_identity` returned for the one in the journal. Older versions wrote
            no details, and later ones may write others: they are not compared.
        expected: Likewise for the one at hand.
        there: Where the first was found.
        here: Where the other is.

    Returns:
        A few words for each difference.
    """
    keys = [key for key in {**found, **expected} if key != DETAILS]
    differences = []
    for key in keys:
        if found.get(key) == expected.get(key):
            continue
        before, now = (_details(header, key) for header in (found, expected))
        parts = [part for part in now if now[part] != before.get(part, now[part])]
        differences.append(
            f'{", ".join(parts)} are others than {there}'
            if parts
            else f'{key} is {_short(found.get(key))} {there}, {_short(expected.get(key))} {here}'
        )
    return differences


def _details(header: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    details = header.get(DETAILS)
    parts = details.get(key) if isinstance(details, dict) else None
    return parts if isinstance(parts, dict) else {}


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f'{text[:_SHOWN]}...'
