"""Messages of protocol buffers, read a field at a time.

The library for them first builds objects, which take 20 times the room of a file of empty messages, and
some times that of weights. Format: protobuf.dev/programming-guides/encoding.
"""

import os
from collections.abc import Iterator

from chainercv_seg.utils.errors import WeightsError
from chainercv_seg.weights.conversion.source_file import kind_of, map_file, shown_name

#: Several times more fields than networks have, and as many as are read in a second or two.
_MOST_FIELDS = 2**20
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


class MessageFile:
    """A file that holds one message of protocol buffers. Nothing of it is copied.

    Args:
        path: The file.
        what: What it should be, for errors: ``'a model of Caffe'``.

    Attributes:
        message: The bytes of the message.

    Raises:
        WeightsError: It is missing or no regular file; later, wherever it turns out to be something
            else.
    """

    def __init__(self, path: str | os.PathLike[str], *, what: str) -> None:
        self.message = map_file(path)
        self._path = path
        self._what = what
        self._read = 0

    def fields(self, message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
        """Yield the number and the value of each field: an unsigned integer, or the bytes of all else."""
        position = 0
        value: int | memoryview
        while position < len(message):
            key, position = self._varint(message, position)
            number, kind = key >> 3, key & 7
            if kind == _VARINT:
                value, position = self._varint(message, position)
            else:
                if kind == _BYTES:
                    size, position = self._varint(message, position)
                else:
                    size = {_FIXED64: 8, _FIXED32: 4}.get(kind, -1)
                value = message[position : position + size]
                if len(value) != size:
                    raise self._broken()
                position += size
            if not number:
                raise self._broken()
            yield number, value

    def messages(self, message: memoryview, number: int) -> Iterator[memoryview]:
        """Yield the fields of a number that hold bytes: messages, strings, packed numbers."""
        for found, value in self.fields(message):
            if found == number and isinstance(value, memoryview):
                yield value

    def message_in(self, message: memoryview, number: int) -> memoryview | None:
        """Return the last field of a number that holds bytes, None where there is none."""
        last = None
        for found in self.messages(message, number):
            last = found
        return last

    def text(self, message: memoryview, number: int) -> str:
        """Return a string, such that it can be shown; '' where there is none."""
        found = self.message_in(message, number)
        return (
            ''
            if found is None
            else shown_name(bytes(found[:1000]).decode(errors='backslashreplace'))
        )

    def integers(self, message: memoryview, number: int) -> list[int]:
        """Return the integers (int32, int64) of a field, packed or not."""
        integers = []
        for found, value in self.fields(message):
            if found != number:
                continue
            if isinstance(value, int):
                integers.append(_signed(value))
                continue
            position = 0
            while position < len(value):
                integer, position = self._varint(value, position)
                integers.append(_signed(integer))
        return integers

    def integer(self, message: memoryview, number: int) -> int:
        """Return the last integer of a field, 0 where there is none."""
        return next(reversed(self.integers(message, number)), 0)

    def numbers(self, message: memoryview, number: int) -> bytearray:
        """Return the bytes of the numbers (float, double) of a field, packed or not."""
        joined = bytearray()
        for value in self.messages(message, number):
            joined += value
        return joined

    def _varint(self, data: memoryview, position: int) -> tuple[int, int]:
        """Read an integer of up to 64 bits: seven in a byte, with a bit that says whether more follow."""
        self._read += 1
        if self._read > _MOST_FIELDS:
            raise WeightsError(f'{self._path} holds more fields than {self._what} has')
        if position < len(data) and data[position] < 0x80:
            return data[position], position + 1  # most are small
        value = 0
        for shift, byte in enumerate(data[position : position + 10]):
            value |= (byte & 0x7F) << 7 * shift
            if byte < 0x80:
                return value & 0xFFFF_FFFF_FFFF_FFFF, position + shift + 1
        raise self._broken()

    def _broken(self) -> WeightsError:
        kind = kind_of(self.message)
        looks = f': it looks like {kind}' if kind else ''
        return WeightsError(f'{self._path} is not {self._what}, or is cut short{looks}')


def _signed(value: int) -> int:
    return value - (1 << 64) if value >> 63 else value
