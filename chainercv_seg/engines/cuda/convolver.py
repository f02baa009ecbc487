"""Convolutions by cuDNN on one GPU: plans chosen, kept and run."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Any

import numpy as np

from chainercv_seg.engines.cuda.candidates import Candidates
from chainercv_seg.engines.cuda.choice import TIMED, Plan, choose, fastest_plan, first_plan
from chainercv_seg.engines.cuda.libraries import cupy, frontend
from chainercv_seg.engines.cuda.plan_table import PlanTable
from chainercv_seg.engines.cuda.problem import Problem

#: A prime number of different values, repeated to fill what plans are tried on.
_PATTERN = 65521


class Convolver:
    """Plans for the current GPU, and the handle of cuDNN that they run by.

    What it computes is in the order of CuPy's current stream. One thread at a time may be in it.

    Args:
        table: Where choices are kept, so that results are the same in every batch (`choose`). None: each
            problem has the plan that is fastest for it, or cuDNN's first.
        most: How many proposals are timed; 1 takes cuDNN's first one.
        deterministic: Whether to leave out plans whose bits may differ from run to run.
    """

    def __init__(
        self, *, table: PlanTable | None = None, most: int = TIMED, deterministic: bool = True
    ) -> None:
        self.table = table
        self.most = most
        self.deterministic = deterministic
        self.lock = RLock()
        self._handle = frontend().create_handle()
        self._stream: int | None = None
        self._plans: dict[Problem, Plan] = {}
        self._token: str | None = None

    def follow(self) -> None:
        """Compute in the order of the current stream from now on."""
        stream = cupy().cuda.get_current_stream().ptr
        if stream != self._stream:
            frontend().set_stream(handle=self._handle, stream=stream)
            self._stream = stream

    def plan(self, problem: Problem) -> Plan:
        """Choose the plan of a problem, or return the one that was chosen. Not while a graph is captured.

        Raises:
            DeviceError: cuDNN cannot compute it.
        """
        with self.lock:
            if self.table is not None and self.table.token != self._token:
                self._plans.clear()  # the table has become another
                self._token = self.table.token
            if problem not in self._plans:
                self.follow()
                self._plans[problem] = self._choose(problem)
            return self._plans[problem]

    def convolve(self, problem: Problem, first: Any, second: Any, result: Any) -> None:
        """Compute a problem.

        Args:
            problem: The problem.
            first: Its first operand, an array of CuPy that lies as the problem says.
            second: Its second.
            result: What is written.

        Raises:
            DeviceError: cuDNN cannot compute it.
        """
        with self.lock:
            plan = self.plan(problem)
            self.follow()
            # Memory of CuPy's pool is lent again in the order of the stream.
            workspace = cupy().empty(max(plan.workspace, 1), np.uint8)
            plan(first.data.ptr, second.data.ptr, result.data.ptr, workspace.data.ptr)

    def _propose(self, problem: Problem) -> Candidates:
        return Candidates(problem, self._handle, deterministic=self.deterministic)

    def _choose(self, problem: Problem) -> Plan:
        with _trial_memory():
            return self._tried(problem)

    def _tried(self, problem: Problem) -> Plan:
        if self.table is not None:
            return choose(
                problem,
                self._propose,
                self.table,
                seconds=self._seconds,
                same_bits=self._same_bits,
                most=self.most,
                alone=self.plan,
            )
        proposals = self._propose(problem)
        if self.most == 1:
            return first_plan(problem, proposals, proposals.refusal)
        return fastest_plan(
            problem,
            proposals,
            lambda plan: self._seconds(problem, plan),
            most=self.most,
            refusal=proposals.refusal,
        )

    def _seconds(self, problem: Problem, plan: Plan) -> float:
        """Time a plan: the faster of two runs, after one."""
        cuda = cupy().cuda
        stream = cuda.get_current_stream()
        arrays = [_filled(nbytes, problem) for nbytes in problem.nbytes]
        times = [self._run(plan, arrays, stream) for _ in range(3)]
        return min(times[1:])

    def _run(self, plan: Plan, arrays: list[Any], stream: Any) -> float:
        cuda = cupy().cuda
        workspace = cupy().empty(max(plan.workspace, 1), np.uint8)
        begin, end = cuda.Event(), cuda.Event()
        begin.record(stream)
        first, second, result = (array.data.ptr for array in arrays)
        plan(first, second, result, workspace.data.ptr)
        end.record(stream)
        end.synchronize()
        return float(cuda.get_elapsed_time(begin, end)) / 1e3

    def _same_bits(self, problem: Problem, batch: Plan, alone: Plan) -> bool:
        """Tell whether a plan gives for a batch what another gives for each image."""
        xp = cupy()
        first, second, result = problem.nbytes
        operands = [_filled(first, problem), _filled(second, problem)]
        found, expected = xp.empty(result, np.uint8), xp.empty(result, np.uint8)
        stream = xp.cuda.get_current_stream()
        self._run(batch, [*operands, found], stream)
        images = problem.x[0]
        for image in range(images):
            x, y = image * (first // images), image * (result // images)
            parts = [operands[0][x:], operands[1], expected[y:]]
            self._run(alone, parts, stream)
        return bool((found == expected).all())


@contextmanager
def _trial_memory() -> Iterator[None]:
    """Take memory for the arrays of the block from a pool of their own, and give it back to the GPU."""
    cuda = cupy().cuda
    pool = cuda.MemoryPool()
    try:
        with cuda.using_allocator(pool.malloc):
            yield
    finally:
        pool.free_all_blocks()


def _filled(nbytes: int, problem: Problem) -> Any:
    """Bytes on the device that are numbers between -1 and 1."""
    dtype = np.float16 if problem.precision == 'float16' else np.float32
    pattern = np.random.RandomState(0).uniform(-1, 1, _PATTERN).astype(dtype)
    count = nbytes // np.dtype(dtype).itemsize
    return cupy().tile(cupy().asarray(pattern), -(-count // _PATTERN))[:count].view(np.uint8)
