"""The data sets that the commands know by name, and how each is evaluated."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chainercv_seg import datasets
from chainercv_seg.datasets.image_key import image_key


@dataclass(frozen=True)
class Benchmark:
    """A data set and the split on which scores are published.

    Attributes:
        title: What to call it.
        load: Makes the data set from a folder (or ``'auto'``) and the name of a split.
        label_names: A name for each class.
        label_colors: An RGB colour in [0, 255] for each class.
        label_format: The values and the palette of the files of predictions.
        splits: The splits with labels.
        split: The split of the published scores.
        unlabelled: The splits without labels, whose samples are images alone.
        key: What files that belong to one image have in common.
    """

    title: str
    load: Callable[[str | os.PathLike[str], str], Any]
    label_names: tuple[str, ...]
    label_colors: tuple[tuple[int, int, int], ...]
    label_format: datasets.LabelFormat
    splits: tuple[str, ...]
    split: str
    unlabelled: tuple[str, ...] = ()
    key: Callable[[str | os.PathLike[str]], str] = image_key


BENCHMARKS = {
    'camvid': Benchmark(
        'CamVid',
        datasets.CamVidDataset,
        datasets.camvid_label_names,
        datasets.camvid_label_colors,
        datasets.camvid_label_format,
        ('train', 'val', 'test'),
        'test',
    ),
}
