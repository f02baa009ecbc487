"""Messages of protocol buffers, described here instead of by generated code."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from chainercv_seg.utils.errors import WeightsError
from chainercv_seg.utils.extras import require_extra
from chainercv_seg.utils.regular_file import open_regular

#: A field: name, number, type (a scalar's name or a message's), whether it is repeated.
Field = tuple[str, int, str, bool]


def message_class(messages: Mapping[str, Sequence[Field]], root: str) -> Any:
    """Build the class of a message of which only some fields matter.

    Other fields of a file are skipped as it is read.

    Args:
        messages: The fields of each message, by its name.
        root: Name of the message to build.

    Returns:
        A class with ``ParseFromString`` and ``SerializeToString``.

    Raises:
        MissingExtraError: protobuf is not installed.
    """
    require_extra('google.protobuf', extra='convert', purpose='Reading protocol buffers')
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    kinds = descriptor_pb2.FieldDescriptorProto
    package = f'chainercv_seg.{root}'
    file = descriptor_pb2.FileDescriptorProto(name=f'{package}.proto', package=package)
    for message, fields in messages.items():
        described = file.message_type.add(name=message)
        for name, number, kind, repeated in fields:
            label = kinds.LABEL_REPEATED if repeated else kinds.LABEL_OPTIONAL
            field = described.field.add(name=name, number=number, label=label)
            if kind in messages:
                field.type, field.type_name = kinds.TYPE_MESSAGE, f'.{package}.{kind}'
            else:
                field.type = getattr(kinds, f'TYPE_{kind.upper()}')
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f'{package}.{root}'))


def read_message(path: str | os.PathLike[str], kind: Any, *, what: str) -> Any:
    """Read a file that holds one message.

    Args:
        path: The file.
        kind: Class of the message.
        what: What the file should be, for errors.

    Raises:
        WeightsError: The file cannot be read or is something else.
    """
    from google.protobuf.message import DecodeError

    message = kind()
    try:
        with open_regular(path) as file:
            message.ParseFromString(file.read())
    except OSError as error:
        raise WeightsError(f'{path} cannot be read: {error.strerror or error}') from error
    except DecodeError as error:
        raise WeightsError(f'{path} is not {what}, or is cut short: {error}') from error
    return message
