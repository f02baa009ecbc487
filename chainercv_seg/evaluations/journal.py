"""The journal of an evaluation: its finished images and their counts, so that it can go on after a crash.

The first line of the file is JSON and says which evaluation it belongs to. Each line after it is one image:
a checksum of the rest, then JSON with the number of the image, its counts, those that are not zero as
``[true class, predicted class or -1, pixels]``, what its file was like: see :class:`ImageStamp`, what
measures counted in it, and its height and width. Several ranks write a file each.
"""

import json
import os
import time
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from chainercv_seg.evaluations.confusion_matrix import ConfusionMatrix
from chainercv_seg.evaluations.identity import tell_differences
from chainercv_seg.evaluations.image_stamps import ImageStamps
from chainercv_seg.evaluations.journal_entries import Entry, format_entry
from chainercv_seg.evaluations.journal_files import (
    HEADER_SIZE,
    TITLE,
    first_line,
    journal_files,
    parse_header,
    read_entries,
)
from chainercv_seg.evaluations.measures.sums import MeasureSums
from chainercv_seg.utils.errors import JournalError, OutputError
from chainercv_seg.utils.regular_file import check_replaceable, open_regular
from chainercv_seg.utils.temporary_files import temporary_file

_VERSION = 1
#: What a header starts with: a shorter piece may be of any JSON.
_MAGIC = f'{{"{TITLE}": '.encode()
#: What is lost where the machine, not only the process, dies: entries of this many seconds.
_SYNC_SECONDS = 1.0


class Journal:
    """Reads what earlier runs have done and appends what this one does.

    A process that is killed loses no entry that :meth:`append` returned from; an entry that was being
    written is dropped when the journal is read. Nothing that is in a file is ever changed.

    Args:
        path: The file; made if it is missing. Where there are several ranks, each writes
            ``path.RANK`` instead. All of these files are read, whoever wrote them.
        identity: What the evaluation is: a journal in which any of this differs is refused. What is under
            ``'details'`` only says more of it: for a name in it the parts of a value, by which a
            difference is told.
        n_class: Number of classes.
        n_image: Number of images, if it is known.
        stamps: Those of the data set's images. An image that is not what it was when it was counted is
            an error. None: images are not looked at.
        rank: The rank.
        size: Number of ranks.

    Raises:
        JournalError: One of the files is no journal, or belongs to another evaluation.
        OutputError: One of the files cannot be read or is no regular file, or this rank's own cannot be
            written.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        identity: Mapping[str, Any],
        *,
        n_class: int,
        n_image: int | None = None,
        stamps: ImageStamps | None = None,
        rank: int = 0,
        size: int = 1,
    ) -> None:
        self.path = Path(path)
        self._n_class, self._n_image, self._stamps = n_class, n_image, stamps
        # As it will be when it has been written and read.
        self._identity = json.loads(json.dumps({TITLE: _VERSION, **identity}, default=str))
        self._header = json.dumps(self._identity).encode() + b'\n'
        own = self.path if size == 1 else Path(f'{self.path}.{rank}')
        with _naming(self.path):
            for file in (self.path, own):
                check_replaceable(file)
            for file in self.files():
                self._has_header(file)
            if rank == 0:
                self._create(self.path)
            self._create(own)
            self._file = open_regular(own, append=True)
            if not _ends_with_newline(own):
                self._file.write(b'\n')  # ends the entry that a killed run was writing
        self._synced = time.monotonic()

    def files(self) -> list[Path]:
        """List the files that there are: the journal itself, then those of ranks."""
        return journal_files(self.path)

    def load(
        self,
        matrix: ConfusionMatrix,
        images: Container[int],
        on_done: Callable[[Entry], None] | None = None,
        sums: MeasureSums | None = None,
    ) -> set[int]:
        """Count the images that are done.

        Args:
            matrix: To it their counts are added, each image's once, however often it is in the files.
            images: Which images to look for.
            on_done: Called with the entry of each of them.
            sums: To them each of them is added.

        Returns:
            Those of ``images`` that are done.

        Raises:
            JournalError: An image has changed since it was counted, was counted without one of the measures,
                or an entry is whole but wrong.
            OutputError: A file cannot be read.
        """
        done: set[int] = set()
        for path in self.files():
            for entry in self._entries(path):
                if entry.image in images and entry.image not in done:
                    self._check_image(entry, path)
                    done.add(entry.image)
                    matrix.merge(entry.counts)
                    if sums is not None:
                        self._add(sums, entry, path)
                    if on_done is not None:
                        on_done(entry)
        return done

    def _entries(self, path: Path) -> Iterator[Entry]:
        with _naming(self.path):
            limit = self._header_limit()
            yield from read_entries(path, self._n_class, self._n_image, header_limit=limit)

    def _check_image(self, entry: Entry, path: Path) -> None:
        if self._stamps is None or entry.stamp is None:
            return
        difference = self._stamps.difference(entry.image, entry.stamp)
        if difference is not None:
            raise JournalError(
                f'{path} has the counts of other images: {difference}. Put back the images that were '
                'counted, or give --resume a file that is not there yet'
            )

    def _add(self, sums: MeasureSums, entry: Entry, path: Path) -> None:
        try:
            sums.add(entry.image, entry.counts, entry.tallies)
        except ValueError as error:
            raise JournalError(
                f'{path} cannot be gone on with: of image {entry.image} {error}. Give the measures of '
                'before, or give --resume a file that is not there yet'
            ) from error

    def append(self, entry: Entry) -> None:
        """Write that an image is done.

        Args:
            entry: Its entry, in which the stamp that was taken of it is put.

        Raises:
            OutputError: The file cannot be written.
        """
        # In one piece, and handed to the system before this returns: if the process is killed, the entry
        # is there or, at worst, torn.
        with _naming(self.path):
            stamp = None if self._stamps is None else self._stamps.pop(entry.image)
            self._file.write(format_entry(entry._replace(stamp=stamp)))
            self._file.flush()
            if time.monotonic() - self._synced >= _SYNC_SECONDS:
                os.fsync(self._file.fileno())
                self._synced = time.monotonic()

    def __enter__(self) -> 'Journal':
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with _naming(self.path), self._file:
            self._file.flush()
            os.fsync(self._file.fileno())

    def _has_header(self, path: Path) -> bool:
        """Whether a file has the header of this evaluation, or none yet; that of another is an error."""
        line = first_line(path, self._header_limit())
        if not line or (line != self._header and self._is_start(line)):
            return False  # it was being written
        found = parse_header(line)
        if found is None:
            raise JournalError(
                f'{path} is not the journal of an evaluation, and stays as it is. Give --resume a file '
                'that an evaluation wrote, or one that is not there yet'
            )
        differences = tell_differences(found, self._identity)
        if differences:
            raise JournalError(
                f'{path} is the journal of another evaluation: {"; ".join(differences)}. Give --resume '
                'the journal of this one, or a file that is not there yet'
            )
        return line.endswith(b'\n')

    def _is_start(self, line: bytes) -> bool:
        return self._header.startswith(line) and line.startswith(_MAGIC)

    def _header_limit(self) -> int:
        return max(HEADER_SIZE, len(self._header))

    def _create(self, path: Path) -> None:
        """Make a journal without entries, which is complete or not there at all."""
        with suppress(FileNotFoundError):
            if self._has_header(path):
                return
        path = Path(os.path.realpath(path))  # a link stays one
        with temporary_file(path.parent) as new:
            new.write(self._header)
            new.flush()
            os.fsync(new.fileno())
            if os.name == 'nt':
                new.close()  # Windows moves no open file
            os.replace(new.name, path)


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Let the system's errors name the journal that the user gave."""
    try:
        yield
    except OSError as error:
        raise OutputError(
            f'{path} cannot be used as a journal: {error.strerror or error}. Give --resume a file '
            'that can be written, on a disk with space'
        ) from error


def _ends_with_newline(path: Path) -> bool:
    with open_regular(path) as file:
        file.seek(-1, os.SEEK_END)
        return file.read() == b'\n'
