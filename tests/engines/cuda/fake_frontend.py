"""cuDNN's frontend as far as it is asked for, on NumPy.

A stream that it does not follow, or steps in another order than it takes them, fail here.
"""

from types import SimpleNamespace

from chainercv_seg.engines.cuda.problem import Problem
from tests.engines.cuda.fake_cupy import Stream
from tests.engines.cuda.host_gpu import NumPyPlan


class Unsupported(Exception):
    pass


class FakeFrontend:
    """The module ``cudnn``.

    Args:
        names: Of the plans that it proposes, and of those whether they can be built. Attributes of the same
            kind: ``of_batches``, where those of more than one image are others; ``unable``, engines that
            cannot do these.
    """

    cudnnGraphNotSupportedError = Unsupported
    data_type = SimpleNamespace(FLOAT='float', HALF='half')
    heur_mode = SimpleNamespace(A='A', FALLBACK='fallback')
    numerical_note = SimpleNamespace(
        TENSOR_CORE='tensor core', NONDETERMINISTIC='not deterministic'
    )
    __version__ = '1.28.0'

    def __init__(self, names=(('eng1', False), ('eng2', True), ('eng3', True))):
        self.names, self.of_batches, self.unable = names, (), set()
        self.handles = []
        self.unwanted = []

    def create_handle(self):
        self.handles.append(SimpleNamespace(stream=0))
        return self.handles[-1]

    def set_stream(self, *, handle, stream):
        handle.stream = stream

    def backend_version(self):
        return 92800

    def pygraph(self, *, handle, io_data_type, intermediate_data_type, compute_data_type):
        assert (intermediate_data_type, compute_data_type) == ('float', 'float')
        return FakeGraph(self, handle, io_data_type)


class FakeTensor:
    def __init__(self, uid, dim=None, stride=None, data_type=None):
        self.uid, self.dim, self.stride, self.type = uid, dim, stride, data_type

    def get_uid(self):
        return self.uid

    def set_dim(self, dim):
        self.dim = dim
        return self

    def set_stride(self, stride):
        self.stride = stride
        return self

    def set_output(self, value):
        assert value is True
        return self

    def set_data_type(self, data_type):
        self.type = data_type
        return self


class FakeGraph:
    def __init__(self, frontend, handle, data_type):
        self.frontend, self.handle, self.type = frontend, handle, data_type
        self.tensors, self.state, self.built, self.names = [], [], set(), []

    def tensor(self, *, name, dim, stride, data_type):
        self.tensors.append(FakeTensor(len(self.tensors) + 1, dim, stride, data_type))
        return self.tensors[-1]

    def conv_fprop(self, *, image, weight, pre_padding, post_padding, **geometry):
        assert pre_padding == post_padding
        self.geometry = {'padding': pre_padding, **geometry}
        self.tensors.append(FakeTensor(3))
        return self.tensors[-1]

    def validate(self):
        self.state.append('valid')

    def build_operation_graph(self):
        x, kernel, y = self.tensors
        pad, stride, dilation = (self.geometry[n] for n in ('padding', 'stride', 'dilation'))
        self.problem = Problem(
            x=tuple(x.dim), kernel=tuple(kernel.dim), pad=tuple(pad), stride=tuple(stride),
            dilate=tuple(dilation), channels_last=True,
            precision='float16' if self.type == 'half' else 'float32',
        )  # fmt: skip
        assert list(self.problem.y) == y.dim
        assert all(self.problem.strides(tuple(t.dim)) == t.stride for t in self.tensors)
        self.state.append('built')

    def create_execution_plans(self, modes):
        assert self.state == ['valid', 'built']
        assert modes == ['A', 'fallback']
        one = self.problem.x[0] == 1
        self.names = self.frontend.names if one else self.frontend.of_batches or self.frontend.names
        self.state.append('planned')

    def deselect_numeric_notes(self, notes):
        assert self.state[-1] == 'planned'
        self.frontend.unwanted.append(tuple(notes))

    def check_support(self):
        if not self.frontend.names:
            raise Unsupported('no engine for this')

    def get_execution_plan_count(self):
        return len(self.names)

    def get_plan_name_at_index(self, index):
        return self.names[index][0]

    def get_engine_and_knobs_at_index(self, index):
        return int(self.names[index][0].removeprefix('eng')), {}

    def create_execution_plan(self, engine, knobs):
        assert self.state == ['valid', 'built']
        assert knobs == {}
        self.names = [*self.names, (f'eng{engine}', engine not in self.frontend.unable)]

    def build_plan_at_index(self, index):
        if not self.names[index][1]:
            raise Unsupported('deselected')
        self.built.add(index)

    def get_workspace_size_plan_at_index(self, index):
        assert index in self.built
        return 192

    def execute_plan_at_index(self, pack, workspace, index, *, handle):
        assert index in self.built
        assert handle.stream == Stream.current.ptr, 'cuDNN follows another stream'
        first, second, result = (pack[t.uid] for t in self.tensors)
        assert all(type(place) is int for place in (first, second, result, workspace))
        Stream.current.tell(lambda: NumPyPlan(self.problem)(first, second, result, workspace))
