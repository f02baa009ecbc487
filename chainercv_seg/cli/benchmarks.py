"""The data sets that the commands know by name, and how each is evaluated."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chainercv_seg import datasets
from chainercv_seg.datasets.image_key import cityscapes_image_key, image_key


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
        in_files: Whether there are files of it at all.
        groups: A word for groups of images that are not independent, where the key begins with them.
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
    in_files: bool = True
    groups: str = ''


def _ade20k(data_dir: str | os.PathLike[str], split: str) -> datasets.FileDataset:
    if split == 'test':
        return datasets.ADE20KTestImageDataset(data_dir)
    return datasets.ADE20KSemanticSegmentationDataset(data_dir, split)


def _cityscapes(data_dir: str | os.PathLike[str], split: str) -> datasets.FileDataset:
    if split == 'test':
        return datasets.CityscapesTestImageDataset(data_dir)
    resolution = 'coarse' if split == 'train_extra' else 'fine'  # fine where there are both
    return datasets.CityscapesSemanticSegmentationDataset(data_dir, resolution, split)


def _synthetic(data_dir: str | os.PathLike[str], split: str) -> datasets.SyntheticStreetDataset:
    return datasets.SyntheticStreetDataset(split)


BENCHMARKS = {
    'ade20k': Benchmark(
        'ADE20K',
        _ade20k,
        datasets.ade20k_semantic_segmentation_label_names,
        datasets.ade20k_semantic_segmentation_label_colors,
        datasets.ade20k_label_format,
        ('train', 'val'),
        'val',
        unlabelled=('test',),
    ),
    'camvid': Benchmark(
        'CamVid',
        datasets.CamVidDataset,
        datasets.camvid_label_names,
        datasets.camvid_label_colors,
        datasets.camvid_label_format,
        ('train', 'val', 'test'),
        'test',
        groups='sequences',
    ),
    'cityscapes': Benchmark(
        'Cityscapes',
        _cityscapes,
        datasets.cityscapes_semantic_segmentation_label_names,
        datasets.cityscapes_semantic_segmentation_label_colors,
        datasets.cityscapes_label_format,
        ('train', 'val', 'train_extra'),
        'val',
        unlabelled=('test',),
        key=cityscapes_image_key,
        groups='cities',
    ),
    'synthetic': Benchmark(
        'synthetic streets',
        _synthetic,
        datasets.camvid_label_names,
        datasets.camvid_label_colors,
        datasets.camvid_label_format,
        ('train', 'val', 'test'),
        'test',
        in_files=False,
    ),
    'voc': Benchmark(
        'VOC2012',
        datasets.VOCSemanticSegmentationDataset,
        datasets.voc_semantic_segmentation_label_names,
        datasets.voc_semantic_segmentation_label_colors,
        datasets.voc_label_format,
        ('train', 'trainval', 'val', 'trainaug'),
        'val',
    ),
}
