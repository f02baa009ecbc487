"""An address opened over HTTP, as far as its redirects are to be trusted."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urljoin, urlsplit

from chainercv_seg.utils.sources import SourceError

#: Seconds to wait for a connection, and for the next bytes of a file.
_TIMEOUT = (10, 30)
_MAX_REDIRECTS = 20


@contextmanager
def open_url(url: str, headers: Mapping[str, str]) -> Iterator[Any]:
    """Ask for a file.

    Redirects are followed here: requests would leave https for http, and read the whole body of each.

    Args:
        url: The address, http or https.
        headers: What is said to the server.

    Yields:
        A response of requests, of whose body nothing has been read.

    Raises:
        SourceError: It leads from https to http, or ever further.
        requests.RequestException: There is no answer.
    """
    import requests  # slow to import, and needed by few runs

    with requests.Session() as session:
        session.resolve_redirects = lambda *_, **__: iter(
            ()
        )  # which reads the body even of one not followed
        for _ in range(_MAX_REDIRECTS):
            with session.get(url, headers=headers, stream=True, timeout=_TIMEOUT) as response:
                target = session.get_redirect_target(response)
                if target is None:
                    yield response
                    return
            url = next_address(url, target)
    raise SourceError(f'it leads on and on, more than {_MAX_REDIRECTS} times')


def next_address(url: str, target: str) -> str:
    """Tell where a redirect leads.

    Args:
        url: The address that was asked for.
        target: What the server says, which may be a part of an address.

    Raises:
        SourceError: It leads from https to something else, or nowhere.
    """
    try:
        address = urljoin(url, target)
        schemes = [urlsplit(each).scheme.lower() for each in (url, address)]
    except ValueError as error:
        raise SourceError(f'it leads to {target!r}, which is no address') from error
    if schemes[0] == 'https' != schemes[1]:
        raise SourceError(
            f'it leads from https to {address}, where it could be exchanged on its way'
        )
    return address
