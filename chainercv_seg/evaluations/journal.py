"""The journal of an evaluation: its finished images and their counts, so that it can go on after a crash.

The first line of the file is JSON and says which evaluation it belongs to. Each line after it is one image:
a checksum of the rest, then JSON with the number of the image and its counts, those that are not zero as
``[true class, predicted class or -1, pixels]``. Several ranks write a file each.
"""

import glob
import json
import os
import re
import time
import zlib
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import numpy as np

from chainercv_seg.evaluations.confusion_matrix import ConfusionMatrix
from chainercv_seg.utils.errors import JournalError, OutputError

_TITLE = 'chainercv_seg journal'
_VERSION = 1
#: What a header starts with: a shorter piece may be of any JSON.
_MAGIC = f'{{"{_TITLE}": '.encode()
#: How much of a first line is read at least: a foreign file may be one endless line.
_HEADER_SIZE = 1 << 20
#: What is lost where the machine, not only the process, dies: entries of this many seconds.
_SYNC_SECONDS = 1.0


class Journal:
    """Reads what earlier runs have done and appends what this one does.

    A process that is killed loses no entry that :meth:`append` returned from; an entry that was being
    written is dropped when the journal is read. Nothing that is in a file is ever changed.

    Args:
        path: The file; made if it is missing. Where there are several ranks, each writes
            ``path.RANK`` instead. All of these files are read, whoever wrote them.
        identity: What the evaluation is: a journal in which any of this differs is refused.
        n_class: Number of classes.
        rank: The rank.
        size: Number of ranks.

    Raises:
        JournalError: One of the files is no journal, or belongs to another evaluation.
        OutputError: One of the files cannot be read, or this rank's own not be written.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        identity: Mapping[str, Any],
        *,
        n_class: int,
        rank: int = 0,
        size: int = 1,
    ) -> None:
        self.path = Path(path)
        self._n_class = n_class
        # As it will be when it has been written and read.
        self._identity = json.loads(json.dumps({_TITLE: _VERSION, **identity}, default=str))
        self._header = json.dumps(self._identity).encode() + b'\n'
        own = self.path if size == 1 else Path(f'{self.path}.{rank}')
        with _naming(self.path):
            for file in self.files():
                self._check_header(file)
            if rank == 0:
                self._create(self.path)
            self._create(own)
            self._file: IO[bytes] = open(own, 'ab')  # noqa: SIM115  (closed by __exit__)
            if not _ends_with_newline(own):
                self._file.write(b'\n')  # ends the entry that a killed run was writing
        self._synced = time.monotonic()

    def files(self) -> list[Path]:
        """List the files that there are: the journal itself, then those of ranks."""
        numbered = re.compile(re.escape(str(self.path)) + r'\.\d+')
        ranks = [
            name
            for name in glob.glob(glob.escape(str(self.path)) + '.*')
            if numbered.fullmatch(name)
        ]
        return [path for path in (self.path, *map(Path, sorted(ranks))) if path.exists()]

    def load(
        self,
        matrix: ConfusionMatrix,
        images: Container[int],
        on_counts: Callable[[int, ConfusionMatrix], None] | None = None,
    ) -> set[int]:
        """Count the images that are done.

        Args:
            matrix: To it their counts are added, each image's once, however often it is in the files.
            images: Which images to look for.
            on_counts: Called with the number and the counts of each of them.

        Returns:
            Those of ``images`` that are done.
        """
        done: set[int] = set()
        for path in self.files():
            with open(path, 'rb') as file:
                file.readline()
                for line in file:
                    entry = _parse(line, self._n_class)
                    if entry is not None and entry[0] in images and entry[0] not in done:
                        done.add(entry[0])
                        matrix.merge(entry[1])
                        if on_counts is not None:
                            on_counts(*entry)
        return done

    def append(self, image: int, counts: ConfusionMatrix) -> None:
        """Write that an image is done.

        Args:
            image: Its number in the data set.
            counts: Its counts alone.

        Raises:
            OutputError: The file cannot be written.
        """
        # In one piece, and handed to the system before this returns: if the process is killed, the entry
        # is there or, at worst, torn.
        with _naming(self.path):
            self._file.write(_format(image, counts))
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

    def _check_header(self, path: Path) -> None:
        line = self._first_line(path)
        if not line or (self._header.startswith(line) and line.startswith(_MAGIC)):
            return  # also a header that was being written
        try:
            found = json.loads(line)
        except ValueError:
            found = None
        if not isinstance(found, dict) or _TITLE not in found:
            raise JournalError(
                f'{path} is not the journal of an evaluation, and stays as it is. Give --resume a file '
                'that an evaluation wrote, or one that is not there yet'
            )
        differences = [
            f'{key} is {found.get(key)!r} in the journal, {self._identity.get(key)!r} now'
            for key in {**found, **self._identity}
            if found.get(key) != self._identity.get(key)
        ]
        raise JournalError(
            f'{path} is the journal of another evaluation: {"; ".join(differences)}. Give --resume the '
            'journal of this one, or a file that is not there yet'
        )

    def _first_line(self, path: Path) -> bytes:
        with open(path, 'rb') as file:
            return file.readline(max(_HEADER_SIZE, len(self._header)))

    def _create(self, path: Path) -> None:
        """Make a journal without entries, which is complete or not there at all."""
        with suppress(FileNotFoundError):
            if self._first_line(path) == self._header:
                return
        temporary = Path(f'{path}.new-{os.getpid()}')
        with open(temporary, 'wb') as new:
            new.write(self._header)
            new.flush()
            os.fsync(new.fileno())
        os.replace(temporary, path)


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


def _format(image: int, counts: ConfusionMatrix) -> bytes:
    table = np.column_stack([counts.void_predictions, counts.counts])
    true, predicted = np.nonzero(table)
    pixels = np.stack([true, predicted - 1, table[true, predicted]], axis=1)
    text = json.dumps([image, pixels.tolist()], separators=(',', ':')).encode()
    return b'%08x %s\n' % (zlib.crc32(text), text)


def _parse(line: bytes, n_class: int) -> tuple[int, ConfusionMatrix] | None:
    """Read an entry; None where it is torn."""
    checksum, _, text = line.rstrip(b'\n').partition(b' ')
    if checksum != b'%08x' % zlib.crc32(text):
        return None
    image, pixels = json.loads(text)
    matrix = ConfusionMatrix(n_class)
    for true, predicted, count in pixels:
        if predicted < 0:
            matrix.void_predictions[true] = count
        else:
            matrix.counts[true, predicted] = count
    return image, matrix


def _ends_with_newline(path: Path) -> bool:
    with open(path, 'rb') as file:
        file.seek(-1, os.SEEK_END)
        return file.read() == b'\n'
