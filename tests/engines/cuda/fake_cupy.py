"""CuPy and cuDNN's frontend as far as the engine asks for them, on NumPy: for code that needs a GPU to run.

Streams run what they are told at once, unless they capture it: then a graph runs it, as often as it is
launched. What the real ones would refuse fails here: taking memory or waiting while a stream captures, a
stream that cuDNN does not follow, a kernel called with arguments of other sizes.
"""

import itertools
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np

from tests.engines.cuda.engine_kernels import function
from tests.engines.cuda.host_gpu import NumPyPlan, memory


class Array(np.ndarray):
    """An array on the device."""

    @property
    def data(self):
        return SimpleNamespace(ptr=self.__array_interface__['data'][0])


class Stream:
    numbers = itertools.count(1)
    current = None

    def __init__(self, null=False, non_blocking=False):
        self.ptr = 0 if null else next(Stream.numbers)
        self.captured, self.outer, self.waited = None, [], []

    def __enter__(self):
        self.outer.append(Stream.current)
        Stream.current = self
        return self

    def __exit__(self, *_):
        Stream.current = self.outer.pop()

    def tell(self, command):
        if self.captured is None:
            command()
        else:
            self.captured.append(command)

    def begin_capture(self, mode=None):
        assert self.ptr, 'the default stream cannot capture'
        assert self.captured is None
        self.captured = []

    def end_capture(self):
        graph, self.captured = Graph(self.captured), None
        return graph

    def synchronize(self):
        assert self.captured is None, 'not permitted when stream is capturing'

    def wait_event(self, event):
        assert event.stream is not None, 'an event that was never recorded'
        self.waited.append(event)


class Graph:
    def __init__(self, commands):
        self.commands = commands

    def launch(self, stream=None):
        for command in self.commands:
            (stream or Stream.current).tell(command)


class Event:
    def __init__(self, block=False, disable_timing=False, interprocess=False):
        self.stream, self.timed = None, not disable_timing

    def record(self, stream=None):
        self.stream = stream or Stream.current

    def synchronize(self):
        assert self.stream is not None
        assert self.stream.captured is None


class FakeCuPy:
    """The module ``cupy``, with streams of its own."""

    def __init__(self):
        self.streams = {}
        Stream.current = self.stream(Stream(null=True))
        self.sent = []
        self.pools, self.allocator = [], None
        runtime = SimpleNamespace(
            memcpyHostToDevice=1,
            memcpyDeviceToHost=2,
            memcpyDeviceToDevice=3,
            memcpyAsync=self._copy,
            driverGetVersion=lambda: 13000,
            getDeviceProperties=lambda number: {
                'name': b'NumPy', 'multiProcessorCount': 1, 'major': 9, 'minor': 0,
            },
        )  # fmt: skip
        self.cuda = SimpleNamespace(
            runtime=runtime,
            Device=lambda number: self._device(),
            Event=Event,
            Stream=lambda **options: self.stream(Stream(**options)),
            get_current_stream=lambda: Stream.current,
            get_elapsed_time=lambda begin, end: 1.0 if begin.timed and end.timed else 1 / 0,
            MemoryPool=self._pool,
            using_allocator=self._using_allocator,
            alloc_pinned_memory=lambda nbytes: np.empty(nbytes + 64, np.uint8),
        )

    def stream(self, stream):
        self.streams[stream.ptr] = stream
        return stream

    @contextmanager
    def _device(self):
        yield

    def _pool(self):
        pool = SimpleNamespace(lent=0, freed=False)
        pool.malloc = lambda: setattr(pool, 'lent', pool.lent + 1)
        pool.free_all_blocks = lambda: setattr(pool, 'freed', True)
        self.pools.append(pool)
        return pool

    @contextmanager
    def _using_allocator(self, allocator):
        before, self.allocator = self.allocator, allocator
        yield
        self.allocator = before

    def _copy(self, target, source, nbytes, kind, stream):
        assert all(type(number) is int for number in (target, source, nbytes, kind, stream))
        if kind == 1:
            self.sent.append(nbytes)

        def copy():
            memory(target, nbytes)[:] = memory(source, nbytes)

        self.streams[stream].tell(copy)

    def empty(self, shape, dtype):
        assert Stream.current.captured is None, 'no memory while a stream captures'
        if self.allocator is not None:
            self.allocator()
        array = np.empty(shape, dtype)
        array.reshape(-1).view(np.uint8)[:] = 255
        return array.view(Array)

    def asarray(self, array):
        return np.array(array).view(Array)

    def asnumpy(self, array):
        return np.array(array)

    def ascontiguousarray(self, array):
        return np.ascontiguousarray(array).view(Array)

    def tile(self, array, count):
        return np.tile(array, count).view(Array)

    def RawModule(self, *, code, options, backend):
        assert backend == 'nvrtc'
        assert '__global__' in code

        def get_function(name):
            kernel = function(name, '-DHALF' in options)

            def call(grid, block, arguments):
                Stream.current.tell(lambda: kernel(grid, block, arguments))

            return call

        return SimpleNamespace(get_function=get_function)


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
        from chainercv_seg.engines.cuda.problem import Problem

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
