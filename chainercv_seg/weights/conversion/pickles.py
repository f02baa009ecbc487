"""Pickles as PyTorch writes them, of which nothing is ever run.

``torch.load(weights_only=True)`` promises the same, but ran code nevertheless up to PyTorch 2.5
(CVE-2025-32434). What a pickle calls for is only noted here: who reads it knows the few calls of tensors.
"""

import pickletools
from dataclasses import dataclass
from typing import IO, Any

#: Several times more instructions than checkpoints have, and as many as are read in a second or two.
_MOST_INSTRUCTIONS = 2**20
_MARK = object()
_EMPTY: dict[str, Any] = {'EMPTY_DICT': dict, 'EMPTY_LIST': list, 'EMPTY_TUPLE': tuple}
_EMPTY['EMPTY_SET'] = list
_CONSTANTS = {'NONE': None, 'NEWTRUE': True, 'NEWFALSE': False}
#: Instructions whose argument is a number, a string or bytes, by how they begin.
_VALUES = ('INT', 'BININT', 'LONG', 'FLOAT', 'BINFLOAT')
_TEXTS = ('STRING', 'UNICODE', 'BINSTRING', 'BINUNICODE', 'BINBYTES', 'SHORT_BIN', 'BYTEARRAY')
#: A class that is made a dict.
_ORDERED_DICT = 'collections.OrderedDict'


class PickleError(Exception):
    """A pickle is broken, or is not one of weights."""


@dataclass(frozen=True)
class Global:
    """Something that the pickle would import."""

    name: str


@dataclass(frozen=True)
class Call:
    """Something that the pickle would call."""

    name: str
    arguments: Any


@dataclass(frozen=True)
class Reference:
    """Something that lies outside of the pickle."""

    key: Any


class PickleReader:
    """Reads one pickle after the other from a file.

    Args:
        file: A binary file.

    Attributes:
        globals: The names of all that the pickles would import.
        references: The keys of all that lies outside of the pickles.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self.globals: list[str] = []
        self.references: list[Any] = []
        self._file = file
        self._read = 0
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}

    def read(self) -> Any:
        """Read the next pickle: of dicts, lists, tuples, strings, numbers, and what stands for the rest.

        Raises:
            PickleError: It is broken.
        """
        self._stack, self._memo = [], {}
        try:
            for opcode, argument, _ in pickletools.genops(self._file):
                self._read += 1
                if self._read > _MOST_INSTRUCTIONS:
                    raise PickleError('its pickle is too long')
                if opcode.name == 'STOP':
                    return self._stack.pop()
                self._step(opcode.name, argument)
        except (ValueError, LookupError, TypeError, OverflowError, MemoryError) as error:
            raise PickleError('its pickle is broken or cut short') from error
        raise PickleError('its pickle has no end')

    def _step(self, name: str, argument: Any) -> None:
        stack = self._stack
        if name in _EMPTY:
            stack.append(_EMPTY[name]())
        elif name in _CONSTANTS:
            stack.append(_CONSTANTS[name])
        elif name == 'MARK':
            stack.append(_MARK)
        elif name in ('BINPUT', 'LONG_BINPUT', 'PUT'):
            self._memo[argument] = stack[-1]
        elif name == 'MEMOIZE':
            self._memo[len(self._memo)] = stack[-1]
        elif name in ('BINGET', 'LONG_BINGET', 'GET'):
            stack.append(self._memo[argument])
        elif name.startswith(_VALUES + _TEXTS):
            stack.append(argument)
        elif name == 'TUPLE':
            stack.append(tuple(self._marked()))
        elif name in ('TUPLE1', 'TUPLE2', 'TUPLE3'):
            size = int(name[-1])
            stack.append(tuple(reversed([stack.pop() for _ in range(size)])))
        elif name in ('SETITEM', 'SETITEMS', 'APPEND', 'APPENDS'):
            self._fill(name)
        elif name in ('GLOBAL', 'STACK_GLOBAL'):
            self._global(argument)
        elif name in ('REDUCE', 'NEWOBJ'):
            self._call()
        elif name == 'BINPERSID':
            self.references.append(stack.pop())
            stack.append(Reference(self.references[-1]))
        elif name in ('BUILD', 'POP'):
            stack.pop()  # attributes of an object, such as the metadata of a state dict
        elif name not in ('PROTO', 'FRAME'):
            raise PickleError(f'its pickle has a {name}, which is in none of PyTorch')

    def _marked(self) -> list[Any]:
        """Take what lies above the last mark, and the mark."""
        items = []
        while (item := self._stack.pop()) is not _MARK:
            items.append(item)
        return items[::-1]

    def _fill(self, name: str) -> None:
        if name.endswith('S'):
            items = self._marked()
        else:
            items = [self._stack.pop() for _ in range(1 if name == 'APPEND' else 2)][::-1]
        target = self._stack[-1]
        if name.startswith('APPEND') and isinstance(target, list):
            target += items
        elif name.startswith('SET') and isinstance(target, dict):
            # Others are in no state dict, and nested tuples are hashed without end.
            pairs = zip(items[::2], items[1::2], strict=True)
            target.update((k, v) for k, v in pairs if isinstance(k, str | int | float | None))
        elif not isinstance(target, Call):
            raise TypeError(type(target))

    def _global(self, argument: str | None) -> None:
        if argument is None:
            attribute, module = self._stack.pop(), self._stack.pop()
            argument = f'{module} {attribute}'
        name = argument.replace(' ', '.')
        self.globals.append(name)
        self._stack.append(Global(name))

    def _call(self) -> None:
        arguments, function = self._stack.pop(), self._stack.pop()
        name = function.name if isinstance(function, Global) else 'something'
        if not isinstance(arguments, tuple):
            raise TypeError(type(arguments))
        if name == _ORDERED_DICT:
            pairs = arguments[0] if arguments else ()
            self._stack.append({key: value for key, value in pairs if isinstance(key, str)})
        else:
            self._stack.append(Call(name, arguments))
