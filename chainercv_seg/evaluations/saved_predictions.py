"""Label maps that an evaluation saved or scored, found again by what its result says of them."""

import operator
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from chainercv_seg.datasets.file_names import files_below, is_folder, name_form
from chainercv_seg.datasets.image_key import cityscapes_image_key, image_key
from chainercv_seg.datasets.label_format import LabelFormat
from chainercv_seg.evaluations.prediction_files import read_prediction
from chainercv_seg.utils.printable import printable

Colors = Sequence[Sequence[int]]


@dataclass(frozen=True)
class SavedPredictions:
    """A folder of label maps, and what is in its files.

    Attributes:
        folder: The folder.
        label_format: The values that stand for classes.
        label_colors: An RGB colour in [0, 255] for each class.
    """

    folder: Path
    label_format: LabelFormat
    label_colors: Colors

    def record(self) -> dict[str, Any]:
        """All of it as values that JSON has."""
        return {
            'folder': printable(os.path.abspath(self.folder)),
            'values': list(self.label_format.values),
            'void': [self.label_format.void, *self.label_format.other_void],
            'colors': [list(map(int, color)) for color in self.label_colors],
        }

    @classmethod
    def from_record(cls, record: Any) -> 'SavedPredictions | None':
        """Make it from its record; None where that is no such record, or the folder is gone."""
        try:
            folder = Path(record['folder'])
            values = tuple(map(operator.index, record['values']))
            void, *other_void = map(operator.index, record['void'])
            label_format = LabelFormat(values, void, tuple(other_void))
            colors = np.array(record['colors'], dtype=np.uint8).reshape(len(values), 3).tolist()
        except (KeyError, TypeError, ValueError, OverflowError):
            return None
        return cls(folder, label_format, colors) if is_folder(folder) else None

    def find(self) -> dict[str, Path]:
        """Tell where the label map of an image is, by what the image is called."""
        return files_by_name(self.folder)

    def read(self, path: Path) -> np.ndarray:
        """Read a label map as ``(H, W)`` int32, -1 for void; see :func:`read_prediction` for errors."""
        return read_prediction(path, self.label_format)


def files_by_name(folder: Path) -> dict[str, Path]:
    """List the files in a folder and in those below it by what images are called, in any data set."""
    files: dict[str, Path] = {}
    for key in (cityscapes_image_key, image_key):  # a whole name goes before a part of it
        files.update({name_form(key(path)): path for path in files_below(folder)})
    return files
