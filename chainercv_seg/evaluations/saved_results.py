"""Results of evaluations as they were saved, and whether they can be compared."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from chainercv_seg.evaluations.metrics import ABSENT_CLASS_POLICIES
from chainercv_seg.evaluations.per_image import PerImageCounts
from chainercv_seg.evaluations.per_image_files import PER_IMAGE_FILES, read_per_image
from chainercv_seg.evaluations.result_files import RESULT_FILES
from chainercv_seg.evaluations.saved_predictions import SavedPredictions
from chainercv_seg.utils.errors import ResultError
from chainercv_seg.utils.regular_file import open_regular


@dataclass(frozen=True)
class SavedResult:
    """A result that was read from its folder.

    Attributes:
        name: What to call it beside others.
        folder: The folder.
        record: What is in ``result.json``.
        per_image: The counts of each image.
    """

    name: str
    folder: Path
    record: Mapping[str, Any]
    per_image: PerImageCounts

    @property
    def absent_class(self) -> Any:
        """The policy for absent classes."""
        return self.record['protocol']['absent_class']

    @property
    def predictions(self) -> SavedPredictions | None:
        """Its label maps, if they were saved and are still there."""
        return SavedPredictions.from_record(self.record.get('predictions'))

    def facts(self) -> dict[str, str]:
        """What there is to say of how it came about."""
        weights = self.record.get('weights')
        known = dict(weights) if isinstance(weights, dict) else {}
        facts = {'folder': str(self.folder)}
        if known:
            facts['weights'] = f'{known.get("file")}, SHA-256 {known.get("sha256")}'
        facts.update({key: str(value) for key, value in self.record['protocol'].items()})
        return facts


def read_results(paths: Sequence[Path]) -> list[SavedResult]:
    """Read results.

    Args:
        paths: Their folders, or the ``result.json`` in each.

    Returns:
        The results, in order. They are called by the last names of their folders or, where these are
        equal, by the folders.

    Raises:
        ResultError: A result is missing or broken, or its counts of images are not its own.
    """
    folders = [path.parent if path.name == RESULT_FILES[0] else path for path in paths]
    last = [folder.resolve().name for folder in folders]
    numbered = [f'{name} ({number})' for number, name in enumerate(last, 1)]
    names = next(
        names
        for names in (last, [str(folder) for folder in folders], numbered)
        if len(set(names)) == len(names)
    )
    return [_read(name, folder) for name, folder in zip(names, folders, strict=True)]


def check_comparable(results: Sequence[SavedResult]) -> None:
    """Check that results are of the same images, classes and policy.

    Raises:
        ResultError: They are not. The message says what differs.
    """
    for other in results[1:]:
        difference = _difference(results[0], other)
        if difference is not None:
            raise ResultError(
                f'{other.folder} cannot be compared with {results[0].folder}: {difference}. Compare results '
                'of the same images, label maps, classes and --absent-class'
            )


def _read(name: str, folder: Path) -> SavedResult:
    record = _read_record(folder / RESULT_FILES[0])
    per_image = read_per_image(folder / PER_IMAGE_FILES[0])
    total = per_image.total()
    try:
        own = (
            record['label_names'] == list(per_image.label_names)
            and np.array_equal(record['confusion'], total.counts)
            and np.array_equal(record['void_predictions'], total.void_predictions)
        )
    except (KeyError, ValueError):
        own = False
    if not own:
        raise ResultError(
            f'{folder / PER_IMAGE_FILES[0]} has not the counts of {RESULT_FILES[0]} beside it: they are of '
            'two evaluations. Evaluate or score again with --per-image'
        )
    return SavedResult(name, folder, record, per_image)


def _read_record(path: Path) -> dict[str, Any]:
    try:
        with open_regular(path) as file:
            record = json.load(file)
    except OSError as error:
        raise ResultError(
            f'{path}: expected the result of an evaluation: {error.strerror or error}. Give the folder that '
            'was given as --output'
        ) from error
    except (ValueError, RecursionError):
        record = None
    protocol = record.get('protocol') if isinstance(record, dict) else None
    if not isinstance(protocol, dict) or protocol.get('absent_class') not in ABSENT_CLASS_POLICIES:
        raise ResultError(
            f'{path} is not the result of an evaluation. Give the folder that was given as --output'
        )
    return record


def _difference(first: SavedResult, other: SavedResult) -> str | None:
    """A few words about what keeps two results from being compared; None where nothing does."""
    one, two = first.per_image, other.per_image
    if one.label_names != two.label_names:
        if one.n_class != two.n_class:
            return f'it has {two.n_class} classes, the other {one.n_class}'
        k = next(k for k in range(one.n_class) if one.label_names[k] != two.label_names[k])
        return f'its class {k} is {two.label_names[k]!r}, that of the other {one.label_names[k]!r}'
    if first.absent_class != other.absent_class:
        return (
            f'its policy for absent classes is {other.absent_class!r}, that of the other '
            f'{first.absent_class!r}'
        )
    if len(one) != len(two):
        return f'it is of {len(two)} images, the other of {len(one)}'
    if one.names != two.names:
        i = next(i for i in range(len(one)) if one.names[i] != two.names[i])
        return f'its image {i} is {two.names[i]!r}, that of the other {one.names[i]!r}'
    known = one.sizes.all(axis=1) & two.sizes.all(axis=1)
    others = (one.sizes != two.sizes).any(axis=1) & known
    if others.any():
        i = int(others.argmax())
        return f'its image {one.names[i]!r} has another size'
    truths = (one.sums().truth != two.sums().truth).any(axis=1)
    if truths.any():
        i = int(truths.argmax())
        return f'the label maps of {int(truths.sum())} images are others, {one.names[i]!r} the first of them'
    return None
