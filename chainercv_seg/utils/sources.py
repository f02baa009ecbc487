"""Where a file is looked for: in the mirror first, then at its own addresses."""

import os
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

#: Set to anything but 0: the network is never touched.
OFFLINE = 'CHAINERCV_SEG_OFFLINE'
#: A folder or a URL that holds copies of the files, by their names.
MIRROR = 'CHAINERCV_SEG_MIRROR'


#: What a server sends may be in a message, but not all of it.
_LONGEST = 500


class SourceError(Exception):
    """An address or a file does not give what is wanted; another may.

    Args:
        message: Why. Of a long one the end is left out.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message if len(message) <= _LONGEST else f'{message[:_LONGEST]}...')


#: An address in the network, or a file.
Source = str | Path


def is_offline() -> bool:
    """Whether the user forbade the network."""
    return os.environ.get(OFFLINE, '') not in ('', '0')


def file_name(url: str) -> str:
    """Name of the file at an address: what is behind the last slash of its path."""
    return unquote(urlsplit(url).path).rpartition('/')[2]


def find_sources(urls: Sequence[str]) -> list[Source]:
    """List where a file can be had from, in the order in which to try, as the environment has it."""
    return list_sources(urls, mirror=os.environ.get(MIRROR, ''), offline=is_offline())


def list_sources(urls: Sequence[str], *, mirror: str, offline: bool) -> list[Source]:
    """List where a file can be had from, in the order in which to try.

    Args:
        urls: The file's own addresses: http, https or file.
        mirror: A folder or a URL with a copy of the file, or '' for none.
        offline: Leave out those in the network.

    Returns:
        Addresses in the network and paths of files, which need not exist. Empty where all are in the
        network and that must not be touched.
    """
    names = dict.fromkeys(map(file_name, urls))  # unique, in this order
    copies = [f'{mirror.rstrip("/")}/{name}' for name in names] if mirror else []
    sources = [_source(address) for address in (*copies, *urls)]
    return [source for source in sources if isinstance(source, Path) or not offline]


def _source(address: str) -> Source:
    """Tell files from addresses in the network."""
    parts = urlsplit(address)
    if parts.scheme == 'file':
        return Path(url2pathname(parts.path))
    return address if '://' in address else Path(os.path.expanduser(address))
