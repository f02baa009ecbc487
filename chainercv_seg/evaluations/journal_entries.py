"""The entries of a journal as bytes: a line for each image that is done, checked when it is read."""

import json
import re
import zlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from chainercv_seg.evaluations.confusion_matrix import ConfusionMatrix
from chainercv_seg.evaluations.image_stamps import ImageStamp

#: More pixels than an image has; so many of as many images as there are can be summed up.
_MAX_PIXELS = 1 << 40
_SHA256 = re.compile(r'[0-9a-f]{64}')


class Entry(NamedTuple):
    """An image that is done.

    Attributes:
        image: Its number in the data set.
        counts: Its counts alone.
        stamp: What its file was like; None where it has none, or where an older version wrote it.
        tallies: What measures counted in it, by their names: ``(tally_size,)`` int64.
        size: Its height and width; None where it has no label map, or where an older version wrote it.
    """

    image: int
    counts: ConfusionMatrix
    stamp: ImageStamp | None
    tallies: Mapping[str, np.ndarray] = MappingProxyType({})
    size: tuple[int, int] | None = None


def max_entry_size(n_class: int) -> int:
    """Bytes of the longest entry that there can be."""
    return 300 + 40 * n_class * (n_class + 1) + 40 * max_tally_size(n_class)


def max_tally_size(n_class: int) -> int:
    """Integers that all measures together count in an image, at most."""
    return 1000 + 10 * n_class


def format_entry(entry: Entry) -> bytes:
    """Write an entry as a line: a checksum of the rest, then JSON."""
    table = np.column_stack([entry.counts.void_predictions, entry.counts.counts])
    true, predicted = np.nonzero(table)
    pixels = np.stack([true, predicted - 1, table[true, predicted]], axis=1)
    parts: list[Any] = [
        entry.image,
        pixels.tolist(),
        None if entry.stamp is None else list(entry.stamp),
        {name: _format_tally(tally) for name, tally in entry.tallies.items()},
        entry.size,
    ]
    while parts[-1] in (None, {}):  # what is not there takes no room at the end of a line
        del parts[-1]
    text = json.dumps(parts, separators=(',', ':')).encode()
    return b'%08x %s\n' % (zlib.crc32(text), text)


def parse_entry(line: bytes, n_class: int, n_image: int | None) -> Entry | None:
    """Read an entry.

    Args:
        line: A line of the journal.
        n_class: Number of classes.
        n_image: Number of images, if it is known.

    Returns:
        The entry, or None where the line is torn or was damaged.

    Raises:
        ValueError: The line is whole, but no such entry.
    """
    checksum, _, text = line.rstrip(b'\n').partition(b' ')
    if checksum != b'%08x' % zlib.crc32(text):
        return None
    try:
        parts = json.loads(text)
    except RecursionError:
        raise ValueError('expected the number of an image and its counts') from None
    if not isinstance(parts, list) or not 2 <= len(parts) <= 5 or not isinstance(parts[1], list):
        raise ValueError('expected the number of an image and its counts')
    image, pixels = parts[:2]
    stamp, tallies, size = (*parts[2:], None, None, None)[:3]
    _check_integer(image, 0, n_image, 'the number of an image')
    if len(parts) < 4:
        tallies = {}
    if not isinstance(tallies, dict):
        raise ValueError('expected the names of measures and what they counted')
    return Entry(
        image,
        _counts(pixels, n_class),
        _stamp(stamp) if stamp is not None or len(parts) == 3 else None,
        {name: _parse_tally(tally, max_tally_size(n_class)) for name, tally in tallies.items()},
        None if size is None else _size(size),
    )


def _counts(pixels: list[Any], n_class: int) -> ConfusionMatrix:
    matrix = ConfusionMatrix(n_class)
    seen, total = set(), 0
    for cell in pixels:
        if not isinstance(cell, list) or len(cell) != 3:
            raise ValueError('expected counts as [true class, predicted class, pixels]')
        true, predicted, count = cell
        _check_integer(true, 0, n_class, 'a true class')
        _check_integer(predicted, -1, n_class, 'a predicted class')
        _check_integer(count, 1, _MAX_PIXELS, 'a number of pixels')
        if (true, predicted) in seen:
            raise ValueError(f'the true class {true} is there twice with {predicted}')
        seen.add((true, predicted))
        total += count
        if predicted < 0:
            matrix.void_predictions[true] = count
        else:
            matrix.counts[true, predicted] = count
    _check_integer(total, 0, _MAX_PIXELS, 'a number of pixels')
    return matrix


def _format_tally(tally: np.ndarray) -> list[Any]:
    """Its size, then position and value of what is not zero."""
    positions = np.flatnonzero(tally)
    return [tally.size, np.column_stack([positions, tally[positions]]).tolist()]


def _parse_tally(parts: Any, max_size: int) -> np.ndarray:
    if not isinstance(parts, list) or len(parts) != 2 or not isinstance(parts[1], list):
        raise ValueError('expected the size of a tally, and its values')
    size, values = parts
    _check_integer(size, 0, max_size + 1, 'the size of a tally')
    tally = np.zeros(size, np.int64)
    for pair in values:
        if not isinstance(pair, list) or len(pair) != 2:
            raise ValueError('expected a tally as [position, pixels]')
        position, count = pair
        _check_integer(position, 0, size, 'a position in a tally')
        _check_integer(count, 1, _MAX_PIXELS, 'a number of pixels')
        tally[position] = count
    return tally


def _size(parts: Any) -> tuple[int, int]:
    if not isinstance(parts, list) or len(parts) != 2:
        raise ValueError('expected a height and a width')
    for side in parts:
        _check_integer(side, 0, _MAX_PIXELS, 'a height or a width')
    return parts[0], parts[1]


def _stamp(parts: Any) -> ImageStamp:
    if not isinstance(parts, list) or len(parts) != 4:
        raise ValueError('expected the size, the times and the hash of a file')
    size, modified, changed, sha256 = parts
    _check_integer(size, 0, 1 << 63, 'the size of a file')
    for time in (modified, changed):
        _check_integer(time, -(1 << 63), 1 << 63, 'a time')
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        raise ValueError('expected a hash of 64 digits')
    return ImageStamp(size, modified, changed, sha256)


def _check_integer(value: Any, low: int, stop: int | None, what: str) -> None:
    if type(value) is not int or value < low or (stop is not None and value >= stop):
        limit = '' if stop is None else f' below {stop}'
        raise ValueError(f'expected {what} from {low} on{limit}')
