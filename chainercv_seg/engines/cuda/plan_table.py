"""Which plan computes which problem: chosen once, the same ever after, so that the bits are the same."""

import hashlib
import json
import secrets
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
        token: By what it is known although it grows; None makes a new one.
        closed: Whether plans for problems that are not in it are cuDNN's first ones, which do not depend on
            how long anything takes, and are not written down. So it is for ranks that cannot agree on more.
    """

    def __init__(
        self,
        kind: str,
        entries: Mapping[str, str] | None = None,
        *,
        token: str | None = None,
        closed: bool = False,
    ) -> None:
        self.kind = kind
        self.token = token or secrets.token_hex(16)
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
        """A hash: where it is the same, a problem has the same plan.

        It is of the GPU, the libraries and the token; of a closed table, which does not grow, of the entries
        in the place of the token.
        """
        known = sorted(self.entries.items()) if self.closed else self.token
        text = json.dumps([self.kind, known])
        return hashlib.sha256(text.encode()).hexdigest()

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
        """Take entries for problems that this table has none for."""
        with self._lock:
            self._entries = {**entries, **self._entries}

    def take_over(self, other: 'PlanTable') -> None:
        """Become what another table is: the same entries, token and rule.

        Raises:
            ValueError: The other is of another kind of GPU, or of other libraries.
        """
        if other.kind != self.kind:
            raise ValueError(f'the plans of {other.kind} are no good for {self.kind}')
        with self._lock:
            self.token, self.closed, self._entries = other.token, other.closed, other.entries

    def __getstate__(self) -> dict[str, object]:
        """All but the lock."""
        return {
            'kind': self.kind,
            'entries': self.entries,
            'token': self.token,
            'closed': self.closed,
        }

    def __setstate__(self, state: dict[str, object]) -> None:
        """Make a lock of its own."""
        self.__init__(**state)  # type: ignore[misc]
