"""A downloader for pooch that goes on where an earlier attempt, or a process that was killed, stopped."""

import json
import logging
import os
import re
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chainercv_seg.utils.download_limits import most_bytes
from chainercv_seg.utils.open_url import open_url
from chainercv_seg.utils.progress import show_progress
from chainercv_seg.utils.sources import SourceError, file_name

logger = logging.getLogger(__name__)

#: Seconds before each further attempt that gets no further than those before it.
PAUSES = (1, 2, 4, 8)
_BLOCK = 1 << 16
#: Characters of what a library says of a connection, in which there may be all that the server said.
_LONGEST = 200
#: What may be otherwise in a moment: request timeout, too early, too many requests, and errors of servers.
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})


class _Interruption(Exception):  # noqa: N818  it is none yet: another attempt is made
    """An attempt that may be repeated.

    Args:
        message: What happened.
        pauses: Seconds before each further attempt.
    """

    def __init__(self, message: str, pauses: tuple[int, ...] | None = None) -> None:
        super().__init__(message)
        self.pauses = PAUSES if pauses is None else pauses


class ResumingDownloader:
    """Downloads a file over HTTP into a partial file, and goes on with what is there already.

    Attempts are repeated after growing pauses, as long as the reason may pass. A partial file is gone on
    with only where the server says that the file is still the same (by its ETag or its date).

    Args:
        part: The partial file. What is known of it lies beside it. Both stay after a failure.
        size: Number of bytes, where it is known.
    """

    def __init__(self, part: Path, *, size: int | None = None) -> None:
        self.part = part
        self.size = size
        self._facts = part.with_name(f'{part.name}.json')

    def __call__(self, url: str, output_file: str, pooch: Any = None) -> None:
        """Download as pooch's own downloaders do.

        Args:
            url: The address.
            output_file: Path at which the complete file is put.
            pooch: Not used.

        Raises:
            SourceError: The server does not have the file, has one of another size or of no end, cannot be
                reached, or leads away from https.
            OSError: The file cannot be written.
        """
        attempts, furthest = 0, self._length()
        while True:
            try:
                self._attempt(url)
                break
            except _Interruption as error:
                if self._length() > furthest:
                    attempts, furthest = 0, self._length()
                if attempts >= len(error.pauses):
                    raise SourceError(str(error)) from error
                logger.warning('%s: %s. Trying again in %s s', url, error, error.pauses[attempts])
                time.sleep(error.pauses[attempts])
                attempts += 1
        if self.size not in (None, self._length()):
            found = self._length()
            self._forget()
            raise SourceError(f'expected {self.size} bytes, but got {found}')
        os.replace(self.part, output_file)
        self._forget()

    def _attempt(self, url: str) -> None:
        """Ask for the file, or for the rest of it."""
        import requests  # slow to import, and needed by few runs
        import urllib3

        facts = self._read_facts(url)
        start = self._length() if facts else 0
        if start and start == facts['total']:
            return  # killed before the last step
        headers = {'Accept-Encoding': 'identity'}
        if start:
            headers |= {'Range': f'bytes={start}-', 'If-Range': facts['validator']}
        try:
            with open_url(url, headers) as response:
                if response.status_code == 416:
                    self._forget()
                start, total = read_answer(response.status_code, response.headers, start)
                limit = most_bytes(self.part.parent, start=start, total=total, size=self.size)
                self._write_facts(url, response.headers, total, keep=bool(start))
                self._receive(response.raw, start, total, limit=limit, title=file_name(url))
        except urllib3.exceptions.HTTPError as error:
            raise _Interruption(f'the connection broke after {self._length()} bytes') from error
        except requests.RequestException as error:
            if isinstance(error, ValueError | requests.exceptions.SSLError):  # no address, no trust
                raise SourceError(_reason(error)) from error
            # A name that is not found twice is not found: there is no network, or no such host.
            pauses = PAUSES[:1] if _is_unresolved(error) else PAUSES
            raise _Interruption(_reason(error), pauses) from error

    def _receive(
        self, stream: Any, start: int, total: int | None, *, limit: int, title: str
    ) -> None:
        """Write what comes behind the bytes that are there, up to a limit."""
        is_longer = False
        with (
            open(self.part, 'r+b' if start else 'wb') as file,
            show_progress(
                total, done=start, unit='B', title=title, leave=False, silent=_is_silent()
            ) as progress,
        ):
            file.seek(start)
            for block in stream.stream(_BLOCK, decode_content=False):
                is_longer = file.tell() + len(block) > limit
                if is_longer:
                    break
                file.write(block)
                file.flush()  # is there even if this process is killed
                progress(len(block))
            os.fsync(file.fileno())
        if is_longer:
            self._forget()
            most = '' if limit in (self.size, total) else ' at most'
            raise SourceError(f'expected {limit} bytes{most}, but there are more')
        if total is not None and self._length() < total:
            raise _Interruption(f'the connection ended after {self._length()} of {total} bytes')

    def _length(self) -> int:
        return self.part.stat().st_size if self.part.exists() else 0

    def _forget(self) -> None:
        for path in (self._facts, self.part):
            path.unlink(missing_ok=True)

    def _read_facts(self, url: str) -> dict[str, Any]:
        """What is known of the partial file, empty where it cannot be gone on with."""
        try:
            facts = json.loads(self._facts.read_text(encoding='utf-8'))
        except (OSError, ValueError):  # none, or cut short
            return {}
        known = (
            isinstance(facts, dict)
            and facts.get('url') == url
            and isinstance(facts.get('validator'), str)
            and isinstance(facts.get('total', ''), int | None)
        )
        return facts if known and self.part.exists() else {}

    def _write_facts(
        self, url: str, headers: Mapping[str, str], total: int | None, *, keep: bool
    ) -> None:
        if keep:
            return
        self._forget()
        validator = validator_of(headers)
        if validator is not None:
            facts = {'url': url, 'validator': validator, 'total': total}
            self._facts.write_text(json.dumps(facts), encoding='utf-8')


def read_answer(status: int, headers: Mapping[str, str], start: int) -> tuple[int, int | None]:
    """Decide what to do with an answer.

    Args:
        status: HTTP status.
        headers: Its headers.
        start: The byte from which on the file was asked for.

    Returns:
        The byte at which what comes begins, and the size of the whole file or None.

    Raises:
        SourceError: The file is not to be had.
        _Interruption: It may be in a moment, or when all of it is asked for.
    """
    if status == 200:
        return 0, _length(headers.get('Content-Length'))
    if status == 206:
        span, _, total = headers.get('Content-Range', '').removeprefix('bytes ').partition('/')
        if span.partition('-')[0] != str(start) or total == '*':
            raise SourceError(
                f'asked for the bytes from {start} on, but got {headers.get("Content-Range")!r}'
            )
        return start, _length(total)
    if status in _PASSING or status == 416:
        raise _Interruption(f'HTTP status {status}')
    raise SourceError(f'HTTP status {status}')


def _length(text: str | None) -> int | None:
    """A number of bytes, None where nothing is said."""
    if text is None:
        return None
    lengths = {part.strip() for part in text.split(',')}  # some proxies say it twice
    if len(lengths) > 1 or not all(re.fullmatch('[0-9]{1,18}', length) for length in lengths):
        raise SourceError(f'it says to have {text[:40]!r} bytes')
    return int(lengths.pop())


def validator_of(headers: Mapping[str, str]) -> str | None:
    """Find by what a server can say that a file is still the same: its ETag, if strong, or its date."""
    etag = headers.get('ETag', '')
    if etag.startswith('"'):
        return etag
    return headers.get('Last-Modified')


def _reason(error: Exception) -> str:
    """The end of an error of requests, which repeats addresses and objects before it comes to the point."""
    reason = getattr(error.args[0], 'reason', error) if error.args else error
    said = str(reason).rpartition('>: ')[2].rpartition('): ')[2] or type(error).__name__
    return said if len(said) <= _LONGEST else f'{said[:_LONGEST]}...'


def _is_unresolved(error: BaseException | None) -> bool:
    """Whether a name of a host has no address, of the server or of a proxy."""
    while error is not None:
        if isinstance(error, socket.gaierror):
            return True
        reason = getattr(error.args[0], 'reason', None) if error.args else None
        error = reason or error.__cause__ or error.__context__
    return False


def _is_silent() -> bool:
    """Whether progress was switched off as ChainerCV has it."""
    report = os.environ.get('CHAINERCV_DOWNLOAD_REPORT', 'ON')
    return report.lower() in ('0', 'f', 'false', 'n', 'no', 'off')
