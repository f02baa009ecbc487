"""The result of an evaluation as files: result.json and per_class.csv."""

import csv
import io
import json
import math
import os
import platform
import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from chainercv_seg.evaluations.class_sums import CLASS_SCORES
from chainercv_seg.evaluations.evaluation_result import EvaluationResult
from chainercv_seg.evaluations.saved_predictions import SavedPredictions
from chainercv_seg.utils.output_files import replaced_file
from chainercv_seg.utils.printable import printable

#: What is written.
RESULT_FILES = ('result.json', 'per_class.csv')
#: What makes a cell a formula; the wide characters too do, in East Asian spreadsheets.
_FORMULA = ('=', '+', '-', '@', '\uff1d', '\uff0b', '\uff0d', '\uff20')
#: Packages whose versions can change a score, by their modules.
_PACKAGES = {
    'chainercv_seg': ('chainercv_seg',),
    'numpy': ('numpy',),
    'PIL': ('pillow',),
    'chainer': ('chainer',),
    'cupy': ('cupy-cuda12x', 'cupy-cuda13x', 'cupy'),
    'cv2': ('opencv-python-headless', 'opencv-python'),
    'scipy': ('scipy',),
    'numba': ('numba',),
}


def write_results(
    result: EvaluationResult,
    folder: str | os.PathLike[str],
    *,
    command: str | None = None,
    predictions: SavedPredictions | None = None,
) -> None:
    """Write ``result.json`` and ``per_class.csv``, each complete or not at all.

    Args:
        result: What was found.
        folder: An existing folder. Older results in it are replaced.
        command: The command line that led to the result.
        predictions: The label maps, where they are files.

    Raises:
        ValueError: Two classes have one name, so that scores by name would overwrite one another.
    """
    values = result_record(result, command=command)
    if predictions is not None:
        values['predictions'] = predictions.record()
    record = json.dumps(values, indent=1, allow_nan=False)
    table = per_class_table(result)
    for name, text in zip(RESULT_FILES, (record + '\n', table), strict=True):
        with replaced_file(Path(folder) / name) as file:
            file.write(text.encode())


def result_record(result: EvaluationResult, *, command: str | None = None) -> dict[str, Any]:
    """All of a result as values that JSON has; NaN is None.

    Raises:
        ValueError: Two classes have one name.
    """
    names = result.label_names
    if len(set(names)) < len(names):
        raise ValueError(f'the names of the classes must differ, but are {", ".join(names)}')
    return {
        'miou': _number(result.miou),
        'mean_class_accuracy': _number(result.mean_class_accuracy),
        'pixel_accuracy': _number(result.pixel_accuracy),
        'iou': dict(zip(names, map(_number, result.iou), strict=True)),
        'class_accuracy': dict(zip(names, map(_number, result.class_accuracy), strict=True)),
        **_measures_record(result),
        'confusion': result.counts.tolist(),
        'void_predictions': result.void_predictions.tolist(),
        'label_names': list(names),
        'notes': list(result.notes),
        **_intervals(result),
        'protocol': {key: _plain(value) for key, value in result.protocol.items()},
        'weights': result.weights
        and {'file': printable(result.weights), 'sha256': result.weights_sha256},
        'versions': versions(),
        'command': command and printable(command),
        'seconds': result.seconds,
    }


def _intervals(result: EvaluationResult) -> dict[str, Any]:
    if result.intervals is None:
        return {}
    parts = {
        **dict.fromkeys(CLASS_SCORES, result.label_names),
        **{measure.key: tuple(measure.scores) for measure in result.measures},
    }
    return {'intervals': result.intervals.record(parts)}


def _measures_record(result: EvaluationResult) -> dict[str, Any]:
    """The scores of measures by name, their means, and what was measured."""
    record: dict[str, Any] = {}
    for measure in result.measures:
        record[measure.key] = {name: _number(score) for name, score in measure.scores.items()}
        record.update({name: _number(score) for name, score in measure.means.items()})
        record.update(measure.details)
    if result.measures:
        record['measures'] = {m.key: printable(m.definition) for m in result.measures}
    return record


def per_class_table(result: EvaluationResult) -> str:
    """A row a class as CSV: name, scores in [0, 1] (empty where there is none), counts of pixels.

    Before a name that a spreadsheet would compute stands a quote.
    """
    file = io.StringIO()
    writer = csv.writer(file)
    truth = result.counts.sum(axis=1) + result.void_predictions
    predicted = result.counts.sum(axis=0)
    columns: dict[str, Iterable[Any]] = {
        'class': map(text_cell, result.label_names),
        'iou': map(_number, result.iou),
        'accuracy': map(_number, result.class_accuracy),
        **_bounds(result),
        'precision': map(_number, result.precision),
        'f1': map(_number, result.f1),
        **{
            measure.key: map(_number, measure.scores.values())
            for measure in result.measures
            if tuple(measure.scores) == result.label_names
        },
        'true_pixels': truth.tolist(),
        'predicted_pixels': predicted.tolist(),
    }
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return file.getvalue()


def _bounds(result: EvaluationResult) -> dict[str, Iterable[Any]]:
    if result.intervals is None:
        return {}
    low, high = result.intervals.bounds['iou']
    return {'iou_low': map(_number, low), 'iou_high': map(_number, high)}


def text_cell(text: str) -> str:
    """Make a cell that spreadsheets take for text, whatever is in it: a formula could fetch or run things."""
    text = printable(text)
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text


def versions() -> dict[str, str]:
    """Versions of Python and of the packages in use that can change a score."""
    found = {'python': platform.python_version()}
    for module, packages in _PACKAGES.items():
        if sys.modules.get(module) is None:
            continue
        for package in packages:
            try:
                found[package] = version(package)
            except PackageNotFoundError:
                continue
            break
    return found


def _number(score: float) -> float | None:
    return None if math.isnan(score) else float(score)


def _plain(value: Any) -> Any:
    """A part of the protocol as JSON has it, else as text."""
    if isinstance(value, str):
        return printable(value)  # paths, whose bytes need not be text
    try:
        return json.loads(json.dumps(value))
    except TypeError:
        return str(value)
