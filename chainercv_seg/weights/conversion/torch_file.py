"""The files that ``torch.save`` writes, of today and of before PyTorch 1.6, without PyTorch."""

import io
import os
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from chainercv_seg.utils.regular_file import open_regular
from chainercv_seg.weights.conversion.pickles import Global, PickleError, PickleReader
from chainercv_seg.weights.conversion.source_file import kind_of, map_file, shown_name

_MAGIC = 0x1950A86A20F9469CFC6C
#: What storages hold, by their class. Bits of bfloat16 stand for them, which NumPy does not have.
_STORAGES = {
    'FloatStorage': 'f4',
    'DoubleStorage': 'f8',
    'HalfStorage': 'f2',
    'BFloat16Storage': 'u2',
    'ByteStorage': 'u1',
    'CharStorage': 'i1',
    'ShortStorage': 'i2',
    'IntStorage': 'i4',
    'LongStorage': 'i8',
    'BoolStorage': '?',
    'ComplexFloatStorage': 'c8',
    'ComplexDoubleStorage': 'c16',
}
#: What the pickle of a checkpoint may name beside tensors: scores, options, counts.
_KNOWN = re.compile(
    r'torch\.(\w+\.)?\w+Storage|torch\.(_utils|_tensor)\._rebuild_\w+|torch\.serialization\._get_layout|'
    r'torch\.nn\.parameter\.(Parameter|Buffer)|torch\.(b?float|complex|q?u?int|bits|bool|sparse_|per_)\w*|'
    r'torch\.(Size|device|Tensor|strided)|collections\.(OrderedDict|defaultdict|Counter)|argparse\.Namespace|'
    r'(builtins|__builtin__)\.set|numpy\.(dtype|ndarray)|numpy\._?core\.multiarray\.(scalar|_reconstruct)|'
    r'_codecs\.encode'
)


@dataclass(frozen=True)
class Storage:
    """A row of numbers in a file.

    Attributes:
        key: By which its bytes are found.
        name: Of its class, without ``Storage``: ``'Half'``.
        kind: NumPy's name for the type of the numbers, None for one that it does not have.
    """

    key: str
    name: str
    kind: str | None

    @classmethod
    def of(cls, reference: Any) -> 'Storage':
        """Tell which one a reference in a pickle means.

        Raises:
            PickleError: None.
        """
        match reference:
            case ('storage', Global(name), str(key), str(), int(), *view) if view in ([], [None]):
                name = name.rpartition('.')[2]
                return cls(key, shown_name(name.removesuffix('Storage')), _STORAGES.get(name))
        raise PickleError('its pickle refers to something else than storages')


@dataclass(frozen=True)
class TorchFile:
    """What a file holds.

    Attributes:
        content: The object that was saved, as a :class:`PickleReader` reads it.
        bytes_of: From the key of a storage to its bytes.
        byte_order: ``'<'`` or ``'>'``.
        size: Of the file, in bytes.
    """

    content: Any
    bytes_of: Callable[[str], memoryview | bytes]
    byte_order: Literal['<', '>']
    size: int


@contextmanager
def open_torch_file(path: str | os.PathLike[str]) -> Iterator[TorchFile]:
    """Open a file of ``torch.save``.

    Raises:
        WeightsError: It is missing or no regular file.
        ValueError: It is something else, or broken.
        zipfile.BadZipFile: It is broken.
    """
    data = map_file(path)
    if not data:
        raise ValueError('it is empty')
    if data[:4] == b'PK\x03\x04':
        with open_regular(path) as file, zipfile.ZipFile(file) as archive:
            yield _zipped(archive, len(data))
    elif data[:2] == b'\x80\x02':
        yield _legacy(data)
    else:
        kind = kind_of(data)
        raise ValueError(f'it looks like {kind}' if kind else 'it is of no known format')


def _zipped(archive: zipfile.ZipFile, size: int) -> TorchFile:
    """Read the archive of PyTorch 1.6 and newer: a pickle, and a file for each storage."""
    members = archive.infolist()
    names = {member.filename for member in members}
    root = next((name.rpartition('/')[0] for name in names if name.endswith('/data.pkl')), None)
    if any(name.endswith('.npy') for name in names):
        raise ValueError('it looks like an npz file of NumPy')
    if root is None:
        raise ValueError('it is a zip archive of something else')
    if f'{root}/constants.pkl' in names:
        raise ValueError(
            'it is a TorchScript program. Save the weights of the model that it was made of, or of '
            "torch.jit.load(FILE), alone: torch.save(model.state_dict(), 'weights.pth')"
        )
    if sum(member.file_size for member in members) > size or any(
        member.compress_type != zipfile.ZIP_STORED for member in members
    ):
        raise ValueError(
            'it is compressed, which PyTorch does not do: unpacked it may be of any size'
        )

    reader = PickleReader(io.BytesIO(archive.read(f'{root}/data.pkl')))
    content = reader.read()
    _check_globals(reader.globals)
    order = archive.read(f'{root}/byteorder') if f'{root}/byteorder' in names else b'little'
    return TorchFile(
        content=content,
        bytes_of=lambda key: archive.read(f'{root}/data/{key}'),
        byte_order='>' if order == b'big' else '<',
        size=size,
    )


def _legacy(data: memoryview) -> TorchFile:
    """Read the file of before PyTorch 1.6: five pickles, and the storages with their sizes.

    The pickles are a number that is always the same, a version, what the system was like, the content,
    and the keys of the storages in the order in which they follow.
    """
    file: Any = data.obj  # a mmap, which reads like a file
    reader = PickleReader(file)
    if reader.read() != _MAGIC:
        raise ValueError('it is a pickle of something else')
    _, _, content, keys = [reader.read() for _ in range(4)]
    _check_globals(reader.globals)
    found = {storage.key: storage for storage in map(Storage.of, reader.references)}
    storages: dict[Any, memoryview] = {}
    start = file.tell()
    for key in keys if isinstance(keys, list) else ():
        storage = found.get(key) if isinstance(key, str) else None
        if storage is None:
            raise ValueError('its storages are not those of its tensors')
        if storage.kind is None:
            raise ValueError(f'it holds numbers of the type {storage.name}, which are not read')
        start += 8
        numbers = int.from_bytes(data[start - 8 : start], 'little', signed=True)
        end = start + numbers * np.dtype(storage.kind).itemsize
        if not start <= end <= len(data):
            raise ValueError('it is cut short')
        storages[key] = data[start:end]
        start = end
    if found.keys() - storages.keys():
        raise ValueError('it is cut short')
    return TorchFile(content, storages.__getitem__, '<', len(data))


def _check_globals(names: list[str]) -> None:
    """Refuse what is no checkpoint of weights, although nothing of it would be run."""
    for name in names:
        if not _KNOWN.fullmatch(name):
            raise ValueError(
                f'it holds a pickled {shown_name(name)}, which is not run: it may be a whole model. In the '
                "program that wrote it, save the weights alone: torch.save(model.state_dict(), 'weights.pth')"
            )
