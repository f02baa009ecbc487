"""The counts of each image as files: per_image.npz to go on with, per_image.csv to look at."""

import csv
import io
import os
from pathlib import Path
from typing import Any

import numpy as np

from chainercv_seg.evaluations.bootstrap import plain_numbers
from chainercv_seg.evaluations.measures import MEASURES
from chainercv_seg.evaluations.per_image import PerImageCounts
from chainercv_seg.evaluations.result_files import text_cell
from chainercv_seg.utils.array_files import NpzReader, open_npz
from chainercv_seg.utils.errors import ResultError
from chainercv_seg.utils.output_files import replaced_file

#: What is written.
PER_IMAGE_FILES = ('per_image.npz', 'per_image.csv')
#: The arrays in the npz file: the kinds of their types, and their dimensions.
_ARRAYS = {
    'names': ('U', 1),
    'label_names': ('U', 1),
    'sizes': ('i', 2),
    'offsets': ('i', 1),
    'true': ('i', 1),
    'predicted': ('i', 1),
    'pixels': ('i', 1),
    'groups': ('U', 1),
    'unit': ('U', 1),
}
#: What the names of the tallies of measures begin with.
_TALLY = 'tally_'
#: More pixels than an image has; so many of as many images as there are can be summed up.
_MAX_PIXELS = 1 << 40


def write_per_image(per_image: PerImageCounts, folder: str | os.PathLike[str]) -> None:
    """Write ``per_image.npz`` and ``per_image.csv``, each complete or not at all.

    Args:
        per_image: The counts. Equal counts make equal files, to the byte.
        folder: An existing folder. Older files in it are replaced.
    """
    archive, table = (Path(folder) / name for name in PER_IMAGE_FILES)
    with replaced_file(archive) as file:
        arrays: dict[str, Any] = {name: getattr(per_image, name) for name in _ARRAYS}
        arrays['unit'] = [per_image.unit]
        for name, (kind, _) in _ARRAYS.items():
            if kind == 'U':
                arrays[name] = np.array(arrays[name], dtype=np.str_)
        arrays.update({f'{_TALLY}{name}': tallies for name, tallies in per_image.tallies.items()})
        np.savez_compressed(file, **arrays)
    with replaced_file(table) as file:
        file.write(per_image_table(per_image).encode())


def per_image_table(per_image: PerImageCounts) -> str:
    """A row an image as CSV; what is not known, or not there, is empty.

    The mean IoU is that over the classes in truth or prediction of the image, whatever the policy for the
    whole; the worst class is the one of them with the least IoU, of equals the one with more pixels in truth
    or prediction.
    """
    sums = per_image.sums()
    scores = sums.scores()
    area = per_image.sizes.prod(axis=1)
    worst = _worst_classes(scores['iou'], sums.truth + sums.predicted)
    columns: dict[str, Any] = {
        'name': map(text_cell, per_image.names),
        'height': per_image.sizes[:, 0].tolist(),
        'width': per_image.sizes[:, 1].tolist(),
        'pixels': area.tolist(),
        'void_share': plain_numbers(
            np.where(area > 0, 1 - sums.truth.sum(axis=1) / np.maximum(area, 1), np.nan)
        ),
        'miou': plain_numbers(scores['miou']),
        'pixel_accuracy': plain_numbers(scores['pixel_accuracy']),
        'worst_class': ['' if k < 0 else text_cell(per_image.label_names[k]) for k in worst],
        'worst_class_iou': [
            None if k < 0 else float(scores['iou'][i, k]) for i, k in enumerate(worst)
        ],
    }
    for name in ('height', 'width', 'pixels'):
        columns[name] = [value or None for value in columns[name]]
    if per_image.groups:
        columns['group'] = map(text_cell, per_image.groups)
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return file.getvalue()


def _worst_classes(iou: np.ndarray, pixels: np.ndarray) -> list[int]:
    """The class of the least IoU in each row; -1 where none has one."""
    if iou.size == 0:
        return [-1] * len(iou)
    least = np.where(np.isnan(iou), np.inf, iou)
    ties = least == least.min(axis=1, keepdims=True)
    worst = np.where(ties, pixels, -1).argmax(axis=1)
    return np.where(np.isnan(iou).all(axis=1), -1, worst).tolist()


def read_per_image(path: Path) -> PerImageCounts:
    """Read what :func:`write_per_image` wrote, without trusting it.

    Args:
        path: The npz file.

    Raises:
        ResultError: There is no such file, or it holds something else.
    """
    try:
        with open_npz(path) as file:
            arrays = {name: _read(file, name, *known) for name, known in _ARRAYS.items()}
            tallies = {
                name: _read(file, f'{_TALLY}{name}', 'i', 2)
                for name in MEASURES
                if f'{_TALLY}{name}' in file.names
            }
        return _checked(arrays, tallies)
    except FileNotFoundError as error:
        raise ResultError(
            f'{path} is missing: evaluate or score again with --per-image or --report'
        ) from error
    except OSError as error:
        raise ResultError(f'{path} cannot be read: {error.strerror or error}') from error
    except Exception as error:  # of a broken header NumPy raises whatever its parsers do
        raise ResultError(
            f'{path} does not hold the counts of images: {error}. Evaluate or score again with --per-image'
        ) from error


def _read(file: NpzReader, name: str, kind: str, dimensions: int) -> np.ndarray:
    if name not in file.names:
        raise ValueError(f'it has no array {name}')
    header = file.header(name)
    if header.dtype.kind != kind or len(header.shape) != dimensions:
        raise ValueError(f'its array {name} is {header.dtype} {header.shape}')
    header.check_size()
    return file.read(name)


def _checked(arrays: dict[str, np.ndarray], tallies: dict[str, np.ndarray]) -> PerImageCounts:
    n, n_class = len(arrays['names']), len(arrays['label_names'])
    offsets, true, predicted, pixels = (
        arrays[name] for name in ('offsets', 'true', 'predicted', 'pixels')
    )
    lengths = {len(true), len(predicted), len(pixels)}
    right = (
        arrays['sizes'].shape == (n, 2)
        and len(arrays['groups']) in (0, n)
        and len(arrays['unit']) == 1
        and offsets.shape == (n + 1,)
        and offsets[0] == 0
        and lengths == {int(offsets[-1])}
        and bool((np.diff(offsets) >= 0).all())
        and all(len(tally) == n for tally in tallies.values())
    )
    if not right:
        raise ValueError('the lengths of its arrays do not agree')
    for name, array, low, stop in (
        ('true', true, 0, n_class),
        ('predicted', predicted, -1, n_class),
        ('pixels', pixels, 1, _MAX_PIXELS),
        ('sizes', arrays['sizes'], 0, _MAX_PIXELS),
        *((f'{_TALLY}{name}', tally, 0, _MAX_PIXELS) for name, tally in tallies.items()),
    ):
        if array.size and not (array.min() >= low and array.max() < stop):
            raise ValueError(f'its array {name} holds values outside {low} to {stop - 1}')
    return PerImageCounts(
        tuple(arrays['names'].tolist()),
        tuple(arrays['label_names'].tolist()),
        arrays['sizes'].astype(np.int64),
        offsets.astype(np.int64),
        true.astype(np.int16),
        predicted.astype(np.int16),
        pixels.astype(np.int64),
        tuple(arrays['groups'].tolist()),
        str(arrays['unit'][0]),
        {name: tally.astype(np.int64) for name, tally in tallies.items()},
    )
