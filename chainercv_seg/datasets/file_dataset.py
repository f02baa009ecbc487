"""A data set of images in files, with their label maps or alone."""

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from chainercv_seg.datasets.getter_dataset import GetterDataset
from chainercv_seg.datasets.label_format import LabelFormat
from chainercv_seg.datasets.sample_size import check_sample_size
from chainercv_seg.utils.image_files import read_image
from chainercv_seg.utils.label_files import read_label_file

Paths = Sequence[str | os.PathLike[str]]


class FileDataset(GetterDataset):
    """Images, and their label maps if there are any.

    Args:
        img_paths: The image of each sample.
        label_paths: Likewise the label map. None: a sample is the image itself, not a tuple.
        label_format: The values of the label maps. None: they are given as they are in the files.

    Attributes:
        img_paths: As given, as strings.
        label_paths: Likewise; empty where there are none.
    """

    def __init__(
        self,
        img_paths: Paths,
        label_paths: Paths | None = None,
        *,
        label_format: LabelFormat | None = None,
    ) -> None:
        super().__init__()
        self.img_paths = [os.fspath(path) for path in img_paths]
        self.label_paths = [os.fspath(path) for path in label_paths or ()]
        self._label_format = label_format
        self.add_getter('img', self._get_image)
        if label_paths is None:
            self.keys = 'img'
        else:
            self.add_getter('label', self._get_label)

    def __len__(self) -> int:
        return len(self.img_paths)

    def sample_name(self, index: int) -> str:
        """Path of the image."""
        return self.img_paths[index]

    def sample_files(self, index: int) -> tuple[str, ...]:
        """Paths of the image and, if there is one, the label map."""
        return (self.img_paths[index], *self.label_paths[index : index + 1])

    def get_example_by_keys(self, index: int, key_indices: Sequence[int]) -> tuple[Any, ...]:
        """Read parts of one sample; see :class:`SliceableDataset`.

        Raises:
            DatasetError: The image and its label map differ in size, or this holds what is no class.
            ImageFileError: A file cannot be read.
        """
        example = super().get_example_by_keys(index, key_indices)
        parts = {self._parts[i][0]: part for i, part in zip(key_indices, example, strict=True)}
        if 'img' in parts and 'label' in parts:
            img_name, *label_names = self.sample_files(index)
            check_sample_size(
                parts['img'], parts['label'], img_name=img_name, label_name=''.join(label_names)
            )
        return example

    def _get_image(self, i: int) -> np.ndarray:
        return read_image(self.img_paths[i], alpha='ignore')

    def _get_label(self, i: int) -> np.ndarray:
        path = self.label_paths[i]
        label = read_label_file(path)
        return label if self._label_format is None else self._label_format.decode(label, name=path)
