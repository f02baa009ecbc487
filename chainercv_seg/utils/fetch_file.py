"""One file from the first place that gives it: checked, then moved to where it belongs."""

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from chainercv_seg.utils.download_limits import most_bytes
from chainercv_seg.utils.errors import DownloadError
from chainercv_seg.utils.regular_file import check_replaceable, open_regular
from chainercv_seg.utils.resuming_downloader import ResumingDownloader
from chainercv_seg.utils.sources import (
    MIRROR,
    OFFLINE,
    Source,
    SourceError,
    file_name,
    find_sources,
    is_offline,
)
from chainercv_seg.utils.work_folders import PART, find_work_folder


def fetch_file(
    urls: Sequence[str],
    path: Path,
    *,
    check: Callable[[Path], None] | None = None,
    before_move: Callable[[Path], None] | None = None,
    sha256: str | None = None,
    size: int | None = None,
) -> None:
    """Get a file from the mirror or from its addresses, and put it into its place when it is sound.

    What is there of it lies in a folder beside ``path`` until then, and stays there when the connection or
    the process dies, so that the next call goes on with it. The caller holds a lock.

    Args:
        urls: Its addresses, in the order in which to try them.
        path: Its place. The folder is made where it is missing.
        check: Called with the path of the complete file. A ValueError says that the content is wrong.
        before_move: Called with the path of the sound file before it is moved to its place.
        sha256: Its hash, if it is known, in letters of any case.
        size: Its size in bytes, if it is known.

    Raises:
        DownloadError: No address gives the file, or it cannot be written. The message says for each why, and
            what to do.
    """
    sources = find_sources(urls)
    failures = []
    work = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        check_replaceable(path)
        work = find_work_folder(path)
        for source in sources:
            try:
                fetched = _fetch(source, work / path.name, sha256=sha256, size=size)
                if check is not None:
                    _check(fetched, check)
            except SourceError as error:
                failures.append(f'{source}: {error}')
                continue
            if before_move is not None:
                before_move(fetched)
            os.replace(fetched, path)
            shutil.rmtree(work)
            return
        if not (work / PART).exists():
            shutil.rmtree(work)
    except OSError as error:
        if work is not None:
            shutil.rmtree(work, ignore_errors=True)  # frees a full disk
        raise DownloadError(
            f'{path} cannot be written: {error}. Free some space, or set CHAINER_DATASET_ROOT to a folder '
            'in which you may make files'
        ) from error
    raise DownloadError(_message(urls, path, failures))


def _fetch(source: Source, path: Path, *, sha256: str | None, size: int | None) -> Path:
    """Let pooch put the file there, if the hash is right."""
    import pooch  # slow to import, and needed by few runs

    downloader: Callable[..., Any] = ResumingDownloader(path.with_name(PART), size=size)
    if isinstance(source, Path):
        _check_file(source, path.parent, size)
        downloader = _copy
    keeper = pooch.create(
        path=path.parent,
        base_url='',
        registry={path.name: sha256 and sha256.lower()},
        urls={path.name: str(source)},
    )
    try:
        return Path(keeper.fetch(path.name, downloader=downloader))
    except ValueError as error:  # another hash
        raise SourceError(str(error)) from error


def _check_file(source: Path, work: Path, size: int | None) -> None:
    """Check that a file can be copied, so that what fails then is the writing."""
    try:
        with open_regular(source) as file:
            found = os.fstat(file.fileno()).st_size
    except OSError as error:
        raise SourceError(str(error.strerror)) from error
    if size not in (None, found):
        raise SourceError(f'expected {size} bytes, but it has {found}')
    most_bytes(work, start=0, total=found, size=size)


def _copy(source: str, output_file: str, pooch: Any) -> None:
    """Download as pooch's downloaders do, from a file."""
    part = Path(output_file).with_name(PART)
    with open_regular(source) as original, part.open('wb') as copy:
        shutil.copyfileobj(original, copy, 1 << 20)
    os.replace(part, output_file)  # pooch's own file is for nobody but its owner


def _check(path: Path, check: Callable[[Path], None]) -> None:
    """Throw a file away whose content is wrong."""
    try:
        check(path)
    except ValueError as error:
        with path.open('rb') as file:
            start = file.read(100).lstrip().lower()
        path.unlink()
        web_page = ', but a web page' if start.startswith((b'<!doctype', b'<html')) else ''
        raise SourceError(f'it is not what it should be{web_page}: {error}') from error


def _message(urls: Sequence[str], path: Path, failures: Sequence[str]) -> str:
    name = file_name(urls[0])
    if failures:
        tried = 'Tried ' + '; '.join(failures)
    else:
        tried = f'{OFFLINE} forbids the network, and {MIRROR} names no folder'
    offline = f' ({OFFLINE} is set)' if failures and is_offline() else ''
    return (
        f'{name} cannot be downloaded{offline}. Get it by other means and put it at {path}, or into a folder '
        f'and set {MIRROR} to that. {tried}'
    )
