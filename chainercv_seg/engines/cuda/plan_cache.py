"""Tables of plans on disk, so that a network's second start times nothing, and processes choose the same."""

import hashlib
import json
import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

from chainercv_seg.engines.cuda.plan_table import PlanTable
from chainercv_seg.utils.cache import cache_folder
from chainercv_seg.utils.errors import DownloadError, OutputError
from chainercv_seg.utils.locks import cache_lock
from chainercv_seg.utils.output_files import replaced_file

_logger = logging.getLogger(__name__)

_NAME = 'plans'


def table_path(kind: str) -> Path:
    """Tell in which file the plans of a kind of GPU and a set of libraries are kept.

    Raises:
        DownloadError: There is no folder for it.
    """
    return cache_folder(_NAME) / f'{hashlib.sha256(kind.encode()).hexdigest()[:32]}.json'


def load_table(kind: str) -> PlanTable:
    """Load the plans of a kind of GPU and a set of libraries; an empty table where there are none."""
    table = PlanTable(kind)
    with agreeing(table):
        return table


@contextmanager
def agreeing(table: PlanTable) -> Iterator[None]:
    """Let no other process choose plans in the block, and take over what others have chosen before.

    What was chosen is on disk after it. A closed table is left alone. Where the disk cannot be used, one line
    says so, and each process chooses by itself.

    Args:
        table: The table. Before anything was chosen it also gets the token of the one on disk.
    """
    if table.closed:
        yield
        return
    with ExitStack() as stack:
        try:
            stack.enter_context(cache_lock(_NAME))
            path = table_path(table.kind)
        except DownloadError as error:
            _say_once(str(error))
            yield
            return
        found = _read(path, table.kind)
        if found is not None and not table.entries:
            table.take_over(found)
        if found is None or found.token == table.token:
            table.merge({} if found is None else found.entries)
            before = {} if found is None else table.entries
            yield
            if found is None or table.entries != before:
                _save(table, path)
        else:
            yield  # the file was made anew since: what this process has chosen stays its own


def _read(path: Path, kind: str) -> PlanTable | None:
    """Read a table; None where there is none, or none that can be trusted."""
    try:
        content = json.loads(path.read_bytes())
        entries, token = content['entries'], content['token']
        if not (
            content['kind'] == kind
            and all(isinstance(text, str) for pair in entries.items() for text in pair)
            and content['sha256'] == _sha256(kind, token, entries)
        ):
            raise ValueError('it is not what was written')
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        _logger.warning('plans are chosen anew, since %s cannot be used: %s', path, error)
        return None
    return PlanTable(kind, entries, token=token)


def _save(table: PlanTable, path: Path) -> None:
    entries = table.entries
    content = {
        'kind': table.kind,
        'token': table.token,
        'entries': entries,
        'sha256': _sha256(table.kind, table.token, entries),
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replaced_file(path) as file:
            file.write(json.dumps(content, indent=1, sort_keys=True).encode())
    except (OSError, OutputError) as error:
        _say_once(str(error))


def _sha256(kind: str, token: str, entries: dict[str, str]) -> str:
    text = json.dumps([kind, token, sorted(entries.items())])
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def _say_once(reason: str) -> None:
    _logger.warning(
        'the plans of convolutions cannot be kept on disk, so that each process times its own: %s',
        reason,
    )
