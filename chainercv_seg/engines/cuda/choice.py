"""How a plan is chosen: by timing at one image, and for a batch the same one where it gives the same bits."""

import logging
from collections.abc import Callable, Iterable
from itertools import islice
from operator import itemgetter
from typing import Any, Protocol

from chainercv_seg.engines.cuda.plan_table import ONE_BY_ONE, PlanTable
from chainercv_seg.engines.cuda.problem import Problem
from chainercv_seg.utils.errors import DeviceError

_logger = logging.getLogger(__name__)

#: So many of cuDNN's proposals are timed. Its first is far from the best without tensor cores.
TIMED = 4


class Plan(Protocol):
    """What computes a problem.

    Attributes:
        name: By which it is found again.
        workspace: Bytes of memory of its own that it takes.
    """

    name: str
    workspace: int

    def __call__(self, first: int, second: int, result: int, workspace: int, /) -> None:
        """Compute; all arguments are addresses on the device."""


class Proposals(Protocol):
    """What cuDNN proposes for a problem: see `Candidates`."""

    refusal: str

    def __iter__(self) -> Any:
        """Build one after the other."""

    def named(self, name: str) -> Plan | None:
        """Build the one of a name."""

    def like(self, plan: Plan) -> Plan | None:
        """Build that of another problem."""


class OneByOne:
    """A plan for one image, run for each of a batch.

    Args:
        plan: For one image.
        problem: That of the whole batch.
    """

    def __init__(self, plan: Plan, problem: Problem) -> None:
        self.name = ONE_BY_ONE
        self.workspace = plan.workspace
        self._plan = plan
        self._images = problem.x[0]
        first, _, result = problem.alone.nbytes
        self._steps = first, result

    def __call__(self, first: int, second: int, result: int, workspace: int) -> None:
        """Compute image after image."""
        for image in range(self._images):
            self._plan(
                first + image * self._steps[0], second, result + image * self._steps[1], workspace
            )


def first_plan(problem: Problem, proposals: Iterable[Plan], refusal: str = '') -> Plan:
    """Take the first that can be built.

    Raises:
        DeviceError: There is none.
    """
    for plan in proposals:
        return plan
    raise DeviceError(
        f'cuDNN has no way to compute {problem.key}{f": {refusal}" if refusal else ""}'
    )


def fastest_plan(
    problem: Problem,
    proposals: Iterable[Plan],
    seconds: Callable[[Plan], float],
    *,
    most: int = TIMED,
    refusal: str = '',
) -> Plan:
    """Time the first few that can be built, and take the fastest; the first of equals.

    Args:
        problem: What is computed.
        proposals: Built one after the other.
        seconds: Times one.
        most: How many are timed.
        refusal: Why there is none.

    Raises:
        DeviceError: There is none.
    """
    timed = [(seconds(plan), plan) for plan in islice(proposals, most)]
    best = [min(timed, key=itemgetter(0))[1]] if timed else []
    return first_plan(problem, best, refusal)


def choose(
    problem: Problem,
    proposals: Callable[[Problem], Proposals],
    table: PlanTable,
    *,
    seconds: Callable[[Problem, Plan], float],
    same_bits: Callable[[Problem, Plan, Plan], bool],
    most: int = TIMED,
    alone: Callable[[Problem], Plan] | None = None,
) -> Plan:
    """Choose the plan of a problem whose results are the same in every batch.

    What the table says is done; else the plan is the fastest of the first few, for one image, and for more
    that of one image, if it exists and gives the same bits, else image after image.

    Args:
        problem: The problem.
        proposals: Asks cuDNN.
        table: Where choices are looked up and written down.
        seconds: Times a plan.
        same_bits: Tells whether a plan for a batch gives what another gives for each image alone.
        most: How many are timed.
        alone: Gives the plan of one image, where it is kept; None: it is chosen anew.

    Raises:
        DeviceError: cuDNN cannot compute it.
    """
    if problem.x[0] == 1:
        return _choose_alone(problem, proposals(problem), table, seconds, most)
    single = (
        alone(problem.alone)
        if alone is not None
        else _choose_alone(problem.alone, proposals(problem.alone), table, seconds, most)
    )
    known = table.get(problem)
    batch = None if known == ONE_BY_ONE else proposals(problem).like(single)
    if batch is not None and (known == single.name or same_bits(problem, batch, single)):
        table.add(problem, batch.name)
        return batch
    table.add(problem, ONE_BY_ONE)
    return OneByOne(single, problem)


def _choose_alone(
    problem: Problem,
    proposals: Proposals,
    table: PlanTable,
    seconds: Callable[[Problem, Plan], float],
    most: int,
) -> Plan:
    known = table.get(problem)
    if known is not None:
        plan = proposals.named(known)
        if plan is not None:
            return plan
        _logger.warning('the plan %s for %s is gone: another is chosen', known, problem.key)
    if table.closed:
        return first_plan(problem, proposals, proposals.refusal)
    plan = fastest_plan(
        problem,
        proposals,
        lambda candidate: seconds(problem, candidate),
        most=most,
        refusal=proposals.refusal,
    )
    table.add(problem, plan.name)
    return plan
