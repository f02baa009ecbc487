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
    network: Callable[[], Any] | None,
    drawn: bool,
) -> str:
    """Verify an exported network, and write what belongs to it.

    Args:
        subject: The network.
        folder: Where it was exported to.
        exported: As what.
        network: Makes what it is held against: the network, plain or optimized; None not to verify it.
        drawn: Whether the streets that are drawn are of its classes, and so make a picture.

    Returns:
        How it was verified: a sentence.

    Raises:
        ExportError: It does not compute what the network does.
    """
    known = {**config(subject), **exported.config}
    _write(folder / _CONFIG, json.dumps(known, indent=1, allow_nan=False) + '\n')
    files = {
        **exported.files,
        _CONFIG: 'architecture, arguments, classes, preprocessing, protocol, scores, weights',
        _LICENSE: 'the licence of the weights',
    }
    verified, example = _verify(subject, exported, network)
    if drawn and example is not None:
        files[_PICTURE] = 'an image that is drawn, and the classes that the network sees in it'
        write_image(example, folder / _PICTURE)
    _write(folder / _LICENSE, license_text(subject))
    _write(folder / _CARD, model_card(subject, exported, files=files, verified=verified))
    return verified


def _verify(
    subject: Subject, exported: Exported, network: Callable[[], Any] | None
) -> tuple[str, np.ndarray | None]:
    """Compute two images, and tell how that went; also give the first beside its classes ``(3, H, W)``."""
    if network is None:
        return 'Not verified: --no-verify', None
    try:
        compute = exported.compute()
    except MissingExtraError as error:
        return f'Not verified: {error}', None
    images = drawn_images(exported.sizes)
    computed = [compute(image) for image in images]
    del compute  # gives memory back before the network takes its own
    against = network()
    arithmetic = 'optimized' if isinstance(against, PreparedNetwork) else 'plain'
    difference = compare(against, subject.views, images, computed)
    sizes = ' and '.join(f'{height}x{width}' for height, width in dict.fromkeys(exported.sizes))
    colors = label_to_image(computed[0][1], subject.class_colors)
    return (
        f'{exported.runtime} against {subject.architecture} ({arithmetic}) on two images of {sizes}: '
        f'{difference}',
        np.concatenate([images[0], colors], axis=2),
    )


def _write(path: Path, text: str) -> None:
    with replaced_file(path) as file:
        file.write(text.encode())
