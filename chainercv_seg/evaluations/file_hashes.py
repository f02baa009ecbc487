"""Hashes of a data set, by which it is told from others."""

import hashlib
import os
from typing import Any

import numpy as np

from chainercv_seg.evaluations.samples import sample_files, sample_name
from chainercv_seg.utils.file_sha256 import file_sha256
from chainercv_seg.utils.packed_files import file_stat
from chainercv_seg.utils.regular_file import open_regular


class FileHashes:
    """Hashes of the names and the sizes of all files, and of what is in label maps.

    The contents of images would have to be read, all of them, before the first is evaluated; label
    maps are small. Images are known by their stamps: see ``image_stamps``.
    """

    def __init__(self, dataset: Any) -> None:
        self.n_file = 0
        self._all, self._names, self._sizes, self._labels = (hashlib.sha256() for _ in range(4))
        for i in range(len(dataset)):
            files = sample_files(dataset, i)
            self.n_file += len(files)
            if not files:
                self._names.update(os.fsencode(f'{sample_name(dataset, i)}\n'))
            for path in files:
                name = os.fsencode(f'{os.path.basename(path)}\n')
                size = f'{file_stat(path).size}\n'.encode()
                self._all.update(name + size)
                self._names.update(name)
                self._sizes.update(size)
            for path in files[1:]:
                with open_regular(path) as file:
                    content = file.read()
                self._all.update(content)
                self._labels.update(content)

    @property
    def all(self) -> str:
        """Hash of all of it."""
        return self._all.hexdigest()

    @property
    def parts(self) -> dict[str, str]:
        """Hash of each, by what a message calls it."""
        return {
            'names of files': self._names.hexdigest(),
            'sizes of files': self._sizes.hexdigest(),
            'contents of label maps': self._labels.hexdigest(),
        }


def some_samples_sha256(dataset: Any) -> str:
    """Hash the first, the middle and the last sample, by which other data of the same names are noticed.

    Of samples in files it is the image files, whose label maps :class:`FileHashes` has all of. Of others it
    is the label maps and the sizes of the images: their values may be rounded by the host. A sample that
    cannot be read is left out, for its error comes in its own place, when it is evaluated.
    """
    digest = hashlib.sha256()
    last = len(dataset) - 1
    for i in sorted({0, last // 2, last}) if last >= 0 else ():
        try:
            digest.update(_sample_bytes(dataset, i))
        except Exception:
            digest.update(b'unreadable')
    return digest.hexdigest()


def _sample_bytes(dataset: Any, index: int) -> bytes:
    files = sample_files(dataset, index)
    if files:
        return file_sha256(files[0]).encode()
    sample = dataset[index]
    if isinstance(sample, np.ndarray):  # a test split
        return f'{sample.shape}\n'.encode()
    img, label = sample
    shapes = f'{np.shape(img)} {np.shape(label)}\n'.encode()
    return shapes + np.ascontiguousarray(label, dtype=np.int64).tobytes()
