"""CuPy as far as it is asked for, on NumPy: for code that needs a GPU to run.

Streams run what they are told at once, unless they capture it: then a graph runs it, as often as it is
launched. What the real one would refuse fails here: taking memory or waiting while a stream captures, a
kernel called with arguments of other types.
"""

import itertools
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np

from tests.engines.cuda.host_gpu import memory
from tests.engines.cuda.host_kernels import RawModule


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
            getDevice=lambda: 0,
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

    def sqrt(self, array):
        return np.sqrt(array)

    def tile(self, array, count):
        return np.tile(array, count).view(Array)

    def RawModule(self, **options):
        module = RawModule(**options)

        def get_function(name):
            kernel = module.get_function(name)

            def call(grid, block, arguments):
                Stream.current.tell(lambda: kernel(grid, block, arguments))

            return call

        return SimpleNamespace(get_function=get_function)
