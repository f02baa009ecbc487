"""A look into a few label maps before the first sample: are their values those of the data set?"""

import os
from collections.abc import Sequence

import numpy as np

from chainercv_seg.datasets.label_format import LabelFormat
from chainercv_seg.utils.errors import ColorLabelError, DatasetError, ImageFileError
from chainercv_seg.utils.label_files import read_label_file

#: The largest of Cityscapes' label ids, and the number of its train ids.
_LABEL_ID, _TRAIN_IDS = 33, 19


def check_label_files(
    paths: Sequence[str | os.PathLike[str]], label_format: LabelFormat, *, remedy: str
) -> None:
    """Read the first, the middle and the last label map, which takes milliseconds.

    Args:
        paths: All label maps.
        label_format: The values that they should hold.
        remedy: How people get label maps that are right, as the end of 'or ...'.

    Raises:
        DatasetError: One holds something else. The message names the usual mistake where it is one.
    """
    for i in sorted({0, len(paths) // 2, len(paths) - 1}) if paths else ():
        path = os.fspath(paths[i])
        try:
            label = read_label_file(path)
        except ColorLabelError as error:
            raise DatasetError(
                f'{error}. These are RGB labels. Either turn colours into classes, or {remedy}'
            ) from error
        except ImageFileError as error:
            raise DatasetError(f'{error}. Either restore that file, or {remedy}') from error
        try:
            label_format.decode(label, name=path)
        except DatasetError as error:
            mistake, first = value_mistake(np.unique(label), label_format)
            raise DatasetError(f'{error}. {mistake}Either {first}, or {remedy}') from error


def value_mistake(values: np.ndarray, label_format: LabelFormat) -> tuple[str, str]:
    """Tell why a label map holds values that stand for nothing.

    Args:
        values: The values in it.
        label_format: The values that it should hold.

    Returns:
        The mistake as a sentence, or nothing where it is none of the usual ones, and the remedy.
    """
    n_class = len(label_format.values)
    plain = label_format.values == tuple(range(n_class))
    if not plain and set(values.tolist()) <= {*range(n_class), 255}:
        return (
            f'These look like train ids (classes from 0 to {n_class - 1}, 255 for void) where the '
            'values of the benchmark are expected. ',
            'read them with FolderSemanticSegmentationDataset and ignore_label=255',
        )
    if plain and n_class == _TRAIN_IDS and values.max(initial=0) <= _LABEL_ID:
        return (
            "These look like Cityscapes' label ids where train ids are expected. ",
            'read them with CityscapesSemanticSegmentationDataset, which turns them into train ids',
        )
    if plain and label_format.void == -1 and set(values.tolist()) == {0, 255}:
        return (
            'These look like masks of two classes, 0 and 255. ',
            'give the values of the classes, label_values=(0, 255) (--label-values 0 255)',
        )
    if plain and set(values.tolist()) <= {*range(n_class), 255}:
        return (
            f'Void is 255 there, where {label_format.void} is expected. ',
            'read them with FolderSemanticSegmentationDataset and ignore_label=255',
        )
    return '', 'restore that file'
