"""The folder of an exported network: all that others need to use it, and to know what it is."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from chainercv_seg.export.card import model_card
from chainercv_seg.export.exported import Exported
from chainercv_seg.export.license_file import license_text
from chainercv_seg.export.subject import Subject, config
from chainercv_seg.export.verify import compare, drawn_images
from chainercv_seg.prepared import PreparedNetwork
from chainercv_seg.utils import write_image
from chainercv_seg.utils.errors import MissingExtraError
from chainercv_seg.utils.output_files import replaced_file
from chainercv_seg.visualizations import label_to_image

_PICTURE = 'example.png'
_CONFIG, _LICENSE, _CARD = 'config.json', 'LICENSE', 'README.md'


def finish_folder(
    subject: Subject,
    folder: Path,
    exported: Exported,
    *,
    network: Callable[[], Any],
    drawn: bool,
) -> str:
    """Verify an exported network, and write what belongs to it.

    Args:
        subject: The network.
        folder: Where it was exported to.
        exported: As what.
        network: Makes what it is held against: the network, plain or optimized.
        drawn: Whether the streets that are drawn are of its classes, and so make a picture.

    Returns:
        How it was verified: a sentence.

    Raises:
        ExportError: It does not compute what the network does.
    """
    known = {**config(subject), **exported.config}
    _write(folder / _CONFIG, json.dumps(known, indent=1, allow_nan=False) + '\n')
    images = drawn_images(exported.sizes)
    labels: list[np.ndarray] = []
    try:
        compute = exported.compute()
    except MissingExtraError as error:
        verified = f'Not verified: {error}'
    else:
        computed = [compute(image) for image in images]
        labels = [label for _, label in computed]
        del compute  # gives memory back before the network takes its own
        against = network()
        arithmetic = 'optimized' if isinstance(against, PreparedNetwork) else 'plain'
        difference = compare(against, subject.views, images, computed)
        sizes = ' and '.join(f'{height}x{width}' for height, width in dict.fromkeys(exported.sizes))
        verified = (
            f'{exported.runtime} against {subject.architecture} ({arithmetic}) on two images of {sizes}: '
            f'{difference}'
        )
    files = {
        **exported.files,
        _CONFIG: 'architecture, arguments, classes, preprocessing, protocol, scores, weights',
        _LICENSE: 'the licence of the weights',
    }
    if drawn and labels:
        files[_PICTURE] = 'an image that is drawn, and the classes that the network sees in it'
        colors = label_to_image(labels[0], subject.class_colors)
        write_image(np.concatenate([images[0], colors], axis=2), folder / _PICTURE)
    _write(folder / _LICENSE, license_text(subject))
    _write(folder / _CARD, model_card(subject, exported, files=files, verified=verified))
    return verified


def _write(path: Path, text: str) -> None:
    with replaced_file(path) as file:
        file.write(text.encode())
