"""What ranks are about to do, compared before they do it."""

import hashlib
import os
import socket
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from itertools import groupby
from pathlib import Path
from typing import Any

import chainercv_seg
from chainercv_seg.evaluations.identity import parameters_sha256, sample_name
from chainercv_seg.utils.errors import RankError
from chainercv_seg.utils.packed_files import file_stat

#: What scores depend on besides this package.
_PACKAGES = ('numpy', 'pillow', 'chainer', 'numba')
#: The longest value that is shown in full.
_SHOWN = 60


def require_agreement(comm: Any, terms: Mapping[str, Any]) -> None:
    """Compare what the ranks are about to do, in one small exchange.

    Args:
        comm: A communicator of mpi4py. All its ranks call this.
        terms: Names and values of what has to be the same in all ranks.

    Raises:
        RankError: In all ranks, where anything differs in one of them: it names the hosts, and what
            differs.
    """
    own = {name: str(value) for name, value in terms.items()}
    if len(set(comm.allgather(hashlib.sha256(repr(sorted(own.items())).encode()).digest()))) == 1:
        return
    everyone = comm.allgather((socket.gethostname(), own))
    hosts = [host for host, _ in everyone]
    names = dict.fromkeys(name for _, of_rank in everyone for name in of_rank)
    differences = [
        f'{name}: {_differences(hosts, values)}'
        for name in names
        if len(set(values := [of_rank.get(name, 'nothing') for _, of_rank in everyone])) > 1
    ]
    raise RankError(
        f'the ranks do not agree on what to do: {"; ".join(differences)}. Nothing was evaluated: all '
        'hosts need the same weights, data, options and versions'
    )


def evaluation_terms(
    link: Any,
    dataset: Any,
    *,
    label_names: Sequence[str],
    protocol: Mapping[str, Any],
    weights_sha256: str | None,
) -> dict[str, Any]:
    """Describe an evaluation by all that its counts depend on, without reading an image.

    Folders may differ, and so may the devices of the ranks as long as the protocol is the same.

    Args:
        link: The network.
        dataset: The data set.
        label_names: A name for each class.
        protocol: The protocol.
        weights_sha256: Hash of the weight file. None: the parameters of the network are hashed.

    Returns:
        Terms for :func:`require_agreement`.
    """
    in_files = len(dataset) > 0 and bool(
        _files(dataset, 0)
    )  # these say what the data are, wherever they lie
    shown = {key: value for key, value in protocol.items() if not (key == 'data' and in_files)}
    return {
        'network': type(link).__name__,
        'weights': weights_sha256 or parameters_sha256(link),
        **data_terms(dataset, label_names),
        **{f'{key} of the protocol': value for key, value in shown.items()},
        **version_terms(),
    }


def data_terms(dataset: Any, label_names: Sequence[str]) -> dict[str, Any]:
    """Describe the data of an evaluation; see :func:`evaluation_terms`."""
    return {
        'number of images': len(dataset),
        'names and sizes of files': _files_sha256(dataset),
        'class names': ', '.join(label_names),
    }


@cache
def version_terms() -> dict[str, str]:
    """Describe the versions that counts depend on: of this package its code too."""
    package = Path(chainercv_seg.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(package.rglob('*.py')):
        digest.update(f'{path.relative_to(package).as_posix()}\n'.encode() + path.read_bytes())
    own = f'{chainercv_seg.__version__} (code {digest.hexdigest()[:12]})'
    return {'chainercv_seg': own, **{name: _version(name) for name in _PACKAGES}}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return 'missing'


def _files_sha256(dataset: Any) -> str:
    """Hash of the names and the sizes of all files. A sample without files is known by its name."""
    digest = hashlib.sha256()
    for i in range(len(dataset)):
        files = _files(dataset, i)
        for path in files:
            digest.update(f'{os.path.basename(path)}\n{file_stat(path).size}\n'.encode())
        if not files:
            digest.update(f'{sample_name(dataset, i)}\n'.encode())
    return digest.hexdigest()


def _files(dataset: Any, index: int) -> Sequence[str | os.PathLike[str]]:
    return dataset.sample_files(index) if hasattr(dataset, 'sample_files') else ()


def _differences(hosts: Sequence[str], values: Sequence[str]) -> str:
    """Each value and the ranks that have it."""
    shared = next(
        (i for i, chars in enumerate(zip(*values, strict=False)) if len(set(chars)) > 1), 0
    )
    return ', '.join(
        f'{_shortened(value, shared)} in {_ranks(hosts, [i for i, v in enumerate(values) if v == value])}'
        for value in dict.fromkeys(values)
    )


def _shortened(value: str, shared: int) -> str:
    """A value, or of a long one the part in which it differs from the others."""
    start = 0 if len(value) <= _SHOWN else max(0, shared - _SHOWN // 4)
    end = start + _SHOWN
    return '...' * (start > 0) + value[start:end] + '...' * (end < len(value))


def _ranks(hosts: Sequence[str], ranks: Sequence[int]) -> str:
    """Ranks by host: ``ranks 0-1 on a, rank 2 on b``."""
    texts = []
    for host in dict.fromkeys(hosts[rank] for rank in ranks):
        own = [rank for rank in ranks if hosts[rank] == host]
        runs = [
            [rank for _, rank in run]
            for _, run in groupby(enumerate(own), key=lambda pair: pair[1] - pair[0])
        ]
        numbers = ', '.join(f'{run[0]}-{run[-1]}' if len(run) > 1 else f'{run[0]}' for run in runs)
        texts.append(f'rank{"s" * (len(own) > 1)} {numbers} on {host}')
    return ' and '.join(texts)
