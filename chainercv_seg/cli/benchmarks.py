"""The data sets that the commands know by name, and how each is evaluated."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chainercv_seg import datasets


@dataclass(frozen=True)
class Benchmark:
    """A data set and the split on which scores are published.

    Attributes:
        title: What to call it.
        load: Makes the data set from a folder (or ``'auto'``) and the name of a split.
        label_names: A name for each class.
        splits: The splits with labels.
        split: The split of the published scores.
    """

    title: str
    load: Callable[[str | os.PathLike[str], str], Any]
    label_names: tuple[str, ...]
    splits: tuple[str, ...]
    split: str


BENCHMARKS = {
    'camvid': Benchmark(
        'CamVid',
        datasets.CamVidDataset,
        datasets.camvid_label_names,
        ('train', 'val', 'test'),
        'test',
    ),
}
