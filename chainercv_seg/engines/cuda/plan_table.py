"""Which plan computes which problem: chosen once, the same ever after, so that the bits are the same."""

import hashlib
import json
from collections.abc import Mapping
from threading import RLock

from chainercv_seg.engines.cuda.problem import Problem

#: In the place of a plan's name: the images of a batch are computed one after the other, since the plan of
#: one does not give the same bits for all of them.
ONE_BY_ONE = 'one by one'


class PlanTable:
    """Names of plans by problem, of one kind of GPU and one set of libraries. An entry never changes.

    It can be pickled, copied and sent to other processes.

    Args:
        kind: The GPU and the libraries, in words: no plan is good for others.
        entries: Names by `Problem.key`.
        closed: Whether plans for problems that are not in it are cuDNN's first ones, which do not depend on
            how long anything takes, and are not written down. So it is for ranks that cannot agree on more.
    """

    def __init__(
        self, kind: str, entries: Mapping[str, str] | None = None, *, closed: bool = False
    ) -> None:
        self.kind = kind
        self.closed = closed
        self._entries = dict(entries or {})
        self._lock = RLock()

    @property
    def entries(self) -> dict[str, str]:
        """A copy of what is in it."""
        with self._lock:
            return dict(self._entries)

    @property
    def sha256(self) -> str:
        """A hash of the GPU, the libraries and all entries."""
        return entries_sha256(self.kind, self.entries)

    def get(self, problem: Problem) -> str | None:
        """Return the name of the plan for a problem; None where none was chosen."""
        with self._lock:
            return self._entries.get(problem.key)

    def add(self, problem: Problem, name: str) -> None:
        """Write down what was chosen, unless the table is closed or has an entry for the problem."""
        with self._lock:
            if not self.closed:
                self._entries.setdefault(problem.key, name)

    def merge(self, entries: Mapping[str, str]) -> None:
        """Take entries of another table for the problems that this has none for."""
        with self._lock:
            self._entries = {**entries, **self._entries}

    def __getstate__(self) -> dict[str, object]:
        """All but the lock."""
        return {'kind': self.kind, 'entries': self.entries, 'closed': self.closed}

    def __setstate__(self, state: dict[str, object]) -> None:
        """Make a lock of its own."""
        self.__init__(**state)  # type: ignore[misc]


def entries_sha256(kind: str, entries: Mapping[str, str]) -> str:
    """Hash what a table holds."""
    text = json.dumps([kind, sorted(entries.items())], ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
