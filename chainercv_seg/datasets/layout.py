"""What the folder of a data set holds, and what is said where it does not."""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from chainercv_seg.datasets.file_names import FileFinder
from chainercv_seg.datasets.mistakes import archive_trouble, contents, find_mistake
from chainercv_seg.datasets.packed_root import packed_root
from chainercv_seg.utils.errors import DatasetError
from chainercv_seg.utils.packed_files import is_there

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Layout:
    """The folder of a data set, as it should be.

    Attributes:
        title: Data set and split, for messages.
        folder: The folder.
        parts: Files and folders that must be in it: paths with ``/``.
        remedy: How people get what is missing, as the end of 'or ...'.
    """

    title: str
    folder: Path
    parts: tuple[str, ...]
    remedy: str

    def check(self) -> None:
        """Make sure that the parts are there.

        Raises:
            DatasetError: One is missing. The message names the usual mistake where it is one.
        """
        missing = [part for part in self.parts if not is_there(self.path(part))]
        if not missing:
            return
        mistake, remedy = find_mistake(self.folder, self.parts)
        found = contents(self.folder)
        if len(missing) < len(self.parts):
            found += f', but no {" and no ".join(missing)}'
        raise DatasetError(
            f'{self.title}: expected {_list(self.parts)} in {self.folder}; found {found}. '
            f'{mistake}{archive_trouble(self.folder)}Either {remedy}, or {self.remedy}'
        )

    def path(self, part: str) -> Path:
        """Where a part is: in the folder, or in an archive in it that is not unpacked."""
        root = packed_root(self.folder, (part,)) if not is_there(self.folder / part) else None
        return (root or self.folder) / part

    def pair(self, images: Mapping[str, str], labels: Mapping[str, str]) -> list[str]:
        """Pair images with label maps.

        Args:
            images: For the key of each image what to call it in a message.
            labels: Likewise for each label map.

        Returns:
            The keys, in the order of ``images``.

        Raises:
            DatasetError: An image has no label map, or a label map no image.
        """
        for ones, others, one, other in (
            (images, labels, 'image', 'label map'),
            (labels, images, 'label map', 'image'),
        ):
            alone = [name for key, name in ones.items() if key not in others]
            if alone:
                raise DatasetError(
                    f'{self.title}: expected the {other} of each {one} in {self.folder}; found none '
                    f'of {alone[0]}: of {len(ones)} {one}s {len(alone)} have no {other}. Either '
                    f'move those elsewhere, to have a smaller data set, or {self.remedy}'
                )
        return list(images)

    def find_files(self, names: Collection[str], *, listed_in: str) -> list[Path]:
        """Find the files that a list names, in whichever form of Unicode.

        Args:
            names: Paths in the folder, with ``/``.
            listed_in: What to call the list.

        Returns:
            Their paths as the file system has them.

        Raises:
            DatasetError: One is missing, or none are listed.
        """
        if not names:
            raise DatasetError(
                f'{self.title}: expected the names of images in {listed_in}; found none. Either '
                f'restore that file, or {self.remedy}'
            )
        finder = FileFinder()
        found = {name: finder.find(self.folder / name) for name in names}
        missing = [self.folder / name for name, path in found.items() if path is None]
        if missing:
            raise DatasetError(
                f'{self.title}: {listed_in} names {len(names)} files, of which {len(missing)} are '
                f'missing, {missing[0]} first. Either take them out of the list, to have a smaller '
                f'data set, or {self.remedy}'
            )
        return [path for name in names if (path := found[name]) is not None]

    def report(self, count: int, official: int) -> None:
        """Compare the number of images with that of the whole split.

        Args:
            count: How many there are.
            official: How many there should be. Another number is logged as a warning.

        Raises:
            DatasetError: There are none.
        """
        if not count:
            raise DatasetError(
                f'{self.title}: expected {official} images in {_list(self.parts)} of {self.folder}; '
                'found none that are named as they should be. Either restore the names of the '
                f'files, or {self.remedy}'
            )
        if count != official:
            _logger.warning(
                '%s in %s has %d images, the whole split %d: a score on them is not one on the split',
                self.title,
                self.folder,
                count,
                official,
            )


def _list(parts: Collection[str]) -> str:
    *most, last = parts
    return f'{", ".join(most)} and {last}' if most else last
