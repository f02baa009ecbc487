"""By what an image file is known again: its size, its times and, where these are others, its content."""

import os
from datetime import datetime
from typing import Any, NamedTuple

from chainercv_seg.evaluations.samples import sample_files, sample_name
from chainercv_seg.utils.file_sha256 import file_sha256
from chainercv_seg.utils.packed_files import file_stat


class ImageStamp(NamedTuple):
    """What an image file was like when it was read.

    Attributes:
        size: Its size in bytes.
        modified: When its content was last modified, in nanoseconds since 1970.
        changed: When its content, name or rights last changed, likewise.
        sha256: Hash of its content.
    """

    size: int
    modified: int
    changed: int
    sha256: str


class ImageStamps:
    """Takes the stamps of a data set's images as they are read, and compares them later.

    A hash is taken of each image as it is read: the file is in memory then, and hashing is far quicker than
    decoding. Later a file is hashed again only where its size or its times are others, as after a copy.

    Args:
        dataset: The data set. Samples without files (``sample_files``) have no stamps.
    """

    def __init__(self, dataset: Any) -> None:
        self._dataset = dataset
        self._taken: dict[int, ImageStamp] = {}

    def take(self, index: int) -> None:
        """Take the stamp of an image. Call it just before the image is read, from any thread.

        Raises:
            OSError: The file cannot be read.
        """
        path = self._path(index)
        if path is not None:
            found = file_stat(path)  # first: what is written after this will be noticed
            self._taken[index] = ImageStamp(*found, file_sha256(path))

    def pop(self, index: int) -> ImageStamp | None:
        """Give the stamp that was taken of an image, once; None where none was."""
        return self._taken.pop(index, None)

    def difference(self, index: int, stamp: ImageStamp) -> str | None:
        """Say how an image differs from what it was.

        Args:
            index: Its number.
            stamp: What it was like.

        Returns:
            A few words that name the file; None where it is the same.

        Raises:
            OSError: The file cannot be read.
        """
        path = self._path(index)
        if path is None:
            return f'{sample_name(self._dataset, index)} had a file'
        found = file_stat(path)
        if found == stamp[:3]:
            return None
        if found.size != stamp.size:
            return f'{path} has {found.size} bytes, and had {stamp.size}'
        if file_sha256(path) == stamp.sha256:
            return None  # a copy
        return (
            f'{path} has another content (modified {_time(found.modified)}, and before '
            f'{_time(stamp.modified)})'
        )

    def _path(self, index: int) -> str | os.PathLike[str] | None:
        """The image of a sample. Label maps are compared by content, all of them, in any case."""
        files = sample_files(self._dataset, index)
        return os.fspath(files[0]) if files else None


def _time(nanoseconds: int) -> str:
    return datetime.fromtimestamp(nanoseconds // 10**9).isoformat(sep=' ')
