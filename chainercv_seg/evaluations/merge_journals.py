"""The result of an evaluation from its journals: of shares, of ranks, of interrupted runs."""

import os
import time
import zlib
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

from chainercv_seg.evaluations.confusion_matrix import ConfusionMatrix
from chainercv_seg.evaluations.evaluation_result import EvaluationResult
from chainercv_seg.evaluations.identity import tell_differences
from chainercv_seg.evaluations.journal_entries import Entry
from chainercv_seg.evaluations.journal_files import journal_files, read_entries
from chainercv_seg.evaluations.journal_header import JournalHeader, read_journal_header
from chainercv_seg.evaluations.measures import Measure
from chainercv_seg.evaluations.measures.sums import MeasureSums
from chainercv_seg.evaluations.shares import find_share
from chainercv_seg.utils.errors import JournalError

#: Images that an error names; the others are counted.
_NAMED = 5


def merge_journals(
    paths: Iterable[str | os.PathLike[str]],
    *,
    measures: Callable[[Sequence[str]], Sequence[Measure]] = lambda label_names: (),
    on_done: Callable[[Entry], None] | None = None,
) -> EvaluationResult:
    """Make the result of an evaluation from journals that together hold each of its images once.

    Neither the data nor the network are needed. With a journal the files of its ranks, ``PATH.0``,
    ``PATH.1``, ..., are read, where there are any.

    Args:
        paths: The journals, those of ranks among them or not: a file that is there twice is read once.
        measures: Makes the measures from the names of the classes; see
            :func:`~chainercv_seg.evaluations.measures.make_measures`.
        on_done: Called once an image with its entry, in any order.

    Returns:
        What one process would have found, to the last pixel.

    Raises:
        JournalError: A file is no journal, or belongs to another evaluation than the first; an image is in
            two journals, or in none; or was counted without one of the measures; or a file cannot be read.
        OSError: A file can no longer be read.
        ValueError: There are no paths.
    """
    start = time.monotonic()
    files = _files(paths)
    header = _common_header([file for file, _ in files])
    matrix = ConfusionMatrix(len(header.label_names))
    sums = MeasureSums(measures(header.label_names), header.label_names)
    owners = _Owners(header)
    for file, journal in files:
        for entry in read_entries(file, matrix.n_class, header.n_image):
            if owners.take(entry, file, journal):
                matrix.merge(entry.counts)
                _add(sums, entry, file, header)
                if on_done is not None:
                    on_done(entry)
    owners.require_all()
    return EvaluationResult(
        counts=matrix.counts,
        void_predictions=matrix.void_predictions,
        label_names=header.label_names,
        protocol=header.protocol,
        weights=header.weights,
        weights_sha256=header.weights_sha256,
        seconds=time.monotonic() - start,
        resumed=header.n_image,
        measures=sums.scores(matrix, header.absent_class),
    )


def merged_header(paths: Iterable[str | os.PathLike[str]]) -> JournalHeader:
    """Read what journals say of their evaluation; see :func:`merge_journals` for arguments and errors."""
    return _common_header([file for file, _ in _files(paths)])


def _common_header(files: Sequence[Path]) -> JournalHeader:
    if not files:
        raise ValueError('expected at least one journal')
    header = read_journal_header(files[0])
    for file in files[1:]:
        _require_same(files[0], header, file, read_journal_header(file))
    return header


def _files(paths: Iterable[str | os.PathLike[str]]) -> list[tuple[Path, Path]]:
    """Each file once, and the journal that it belongs to."""
    found: dict[str, tuple[Path, Path]] = {}
    for path in map(Path, paths):
        files = journal_files(path)
        if not files:
            raise JournalError(f'{path}: expected a journal of an evaluation, found none')
        for file in files:
            found.setdefault(os.path.realpath(file), (file, path))
    return list(found.values())


def _require_same(first: Path, header: JournalHeader, file: Path, other: JournalHeader) -> None:
    differences = tell_differences(
        header.identity, other.identity, there=f'in {first}', here=f'in {file}'
    )
    if differences:
        raise JournalError(
            f'{file} is the journal of another evaluation than {first}: {"; ".join(differences)}. Give '
            'journals of one evaluation'
        )


def _add(sums: MeasureSums, entry: Entry, file: Path, header: JournalHeader) -> None:
    try:
        sums.add(entry.image, entry.counts, entry.tallies)
    except ValueError as error:
        raise JournalError(
            f'{file} cannot give all measures: of {header.image_name(entry.image)} {error}. Evaluate with '
            'these measures, or merge without them'
        ) from error


class _Owners:
    """In which journal each image is."""

    def __init__(self, header: JournalHeader) -> None:
        self._header = header
        self._owners: dict[int, tuple[Path, int]] = {}  # the journal, and a CRC of the counts

    def take(self, entry: Entry, file: Path, journal: Path) -> bool:
        """Whether an entry is the first of its image; JournalError where another journal has it too.

        Within a journal ranks on hosts that share no folder may have done an image twice.
        """
        counts = entry.counts
        crc = zlib.crc32(counts.void_predictions.tobytes(), zlib.crc32(counts.counts.tobytes()))
        if entry.image not in self._owners:
            self._owners[entry.image] = journal, crc
            return True
        owner, known = self._owners[entry.image]
        if owner == journal and crc == known:
            return False
        name = self._header.image_name(entry.image)
        raise JournalError(
            f'{name} is in {owner} and in {file}: journals of shares must not overlap. Give each share '
            'once, all of one number of shares'
            if owner != journal
            else f'{file} has other counts of {name} than the journal has before. Start anew'
        )

    def require_all(self) -> None:
        """JournalError where an image is in no journal."""
        missing = [i for i in range(self._header.n_image) if i not in self._owners]
        if missing:
            raise JournalError(
                f'{self._names(missing)} of {self._header.n_image} images are in none of the journals'
                f'{self._lost_share(missing)}. Evaluate them, or go on with the run that was interrupted '
                '(the same --share and --resume), and give its journal too'
            )

    def _names(self, images: Collection[int]) -> str:
        named = [self._header.image_name(i) for i in list(images)[:_NAMED]]
        more = len(images) - len(named)
        return f'{", ".join(named)}{f" and {more} more" if more else ""}: {len(images)}'

    def _lost_share(self, missing: Sequence[int]) -> str:
        found = find_share(missing, self._header.n_image)
        return '' if found is None else f', all of share {found[0]}/{found[1]}'
