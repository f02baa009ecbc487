"""The plans that cuDNN proposes for a problem, by its frontend."""

from collections.abc import Iterator
from typing import Any

from chainercv_seg.engines.cuda.libraries import frontend
from chainercv_seg.engines.cuda.problem import Problem

#: Bytes of memory of its own that a plan may take.
WORKSPACE = 1 << 29


class BuiltPlan:
    """A plan that can be run.

    Attributes:
        name: cuDNN's name of it: an engine and its knobs. The same plan has the same name in every process
            with the same libraries.
        workspace: Bytes of memory of its own that it takes.
    """

    def __init__(self, graph: Any, uids: tuple[int, int, int], index: int, handle: Any) -> None:
        self.name = str(graph.get_plan_name_at_index(index))
        self.workspace = int(graph.get_workspace_size_plan_at_index(index))
        self._graph, self._uids, self._index, self._handle = graph, uids, index, handle

    @property
    def recipe(self) -> tuple[int, Any]:
        """The engine and its knobs, as the frontend takes them."""
        engine, knobs = self._graph.get_engine_and_knobs_at_index(self._index)
        return engine, knobs

    def __call__(self, first: int, second: int, result: int, workspace: int) -> None:
        """Compute, in the order of the stream that the handle has; all arguments are addresses."""
        pack = dict(zip(self._uids, (first, second, result), strict=True))
        self._graph.execute_plan_at_index(pack, workspace, self._index, handle=self._handle)


class Candidates:
    """What cuDNN proposes for a problem, best first by its own judgement.

    Attributes:
        refusal: Why there is nothing, where cuDNN says so.

    Args:
        problem: The problem.
        handle: A handle of cuDNN.
        deterministic: Whether to leave out plans whose bits may differ from run to run.
    """

    def __init__(self, problem: Problem, handle: Any, *, deterministic: bool = True) -> None:
        cudnn = frontend()
        self._errors = (cudnn.cudnnGraphNotSupportedError, RuntimeError, ValueError)
        self._problem, self._handle = problem, handle
        self._count = 0
        self.refusal = ''
        unwanted = [cudnn.numerical_note.NONDETERMINISTIC] if deterministic else []
        if problem.precision == 'float32':
            unwanted.append(cudnn.numerical_note.TENSOR_CORE)
        try:
            self._graph, self._uids = _graph(problem, handle)
            self._graph.create_execution_plans([cudnn.heur_mode.A, cudnn.heur_mode.FALLBACK])
            if unwanted:
                self._graph.deselect_numeric_notes(unwanted)
            self._graph.check_support()
            self._count = int(self._graph.get_execution_plan_count())
        except self._errors as error:
            self.refusal = str(error).strip()

    def __iter__(self) -> Iterator[BuiltPlan]:
        """Build one after the other, those left out that cannot be built."""
        for index in range(self._count):
            plan = self._build(index)
            if plan is not None:
                yield plan

    def named(self, name: str) -> BuiltPlan | None:
        """Build the one of a name; None where there is none."""
        for index in range(self._count):
            if str(self._graph.get_plan_name_at_index(index)) == name:
                return self._build(index)
        return None

    def like(self, plan: Any) -> BuiltPlan | None:
        """Build that of another problem: the one of its name, or else by its engine and knobs.

        For a batch cuDNN often proposes others than for one image. The frontend cannot set all knobs: then,
        and where the engine cannot do this problem, there is None.
        """
        found = self.named(plan.name)
        if found is not None:
            return found
        try:
            graph, uids = _graph(self._problem, self._handle)
            graph.create_execution_plan(*plan.recipe)
            index = int(graph.get_execution_plan_count()) - 1
            graph.build_plan_at_index(index)
            made = BuiltPlan(graph, uids, index, self._handle)
        except self._errors:
            return None
        return made if made.name == plan.name and made.workspace <= WORKSPACE else None

    def _build(self, index: int) -> BuiltPlan | None:
        try:
            self._graph.build_plan_at_index(index)
            plan = BuiltPlan(self._graph, self._uids, index, self._handle)
        except self._errors:  # it was left out, or this GPU cannot do it
            return None
        return plan if plan.workspace <= WORKSPACE else None


def _graph(problem: Problem, handle: Any) -> tuple[Any, tuple[int, int, int]]:
    """Describe a problem to the frontend; also return the numbers of its three tensors."""
    cudnn = frontend()
    single = cudnn.data_type.FLOAT
    numbers = cudnn.data_type.HALF if problem.precision == 'float16' else single
    graph = cudnn.pygraph(
        handle=handle,
        io_data_type=numbers,
        intermediate_data_type=single,
        compute_data_type=single,
    )
    shapes = problem.shapes
    first, second = (
        graph.tensor(name=name, dim=list(shape), stride=problem.strides(shape), data_type=numbers)
        for name, shape in zip(('first', 'second'), shapes[:2], strict=True)
    )
    geometry: dict[str, Any] = {
        'stride': list(problem.stride),
        'dilation': list(problem.dilate),
        'compute_data_type': single,
    }
    pad = list(problem.pad)
    if problem.kind == 'forward':
        result = graph.conv_fprop(
            image=first, weight=second, pre_padding=pad, post_padding=pad, **geometry
        )
    elif problem.kind == 'data':
        result = graph.conv_dgrad(loss=first, filter=second, padding=pad, **geometry)
    else:
        result = graph.conv_wgrad(image=first, loss=second, padding=pad, **geometry)
    result.set_dim(list(shapes[2])).set_stride(problem.strides(shapes[2]))
    result.set_output(True).set_data_type(numbers)
    graph.validate()
    graph.build_operation_graph()
    return graph, (first.get_uid(), second.get_uid(), result.get_uid())
