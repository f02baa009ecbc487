"""A GPU that is none: NumPy in CuPy's place and in cuDNN's, the kernels on the CPU."""

import ctypes
from contextlib import contextmanager, nullcontext
from functools import cached_property

import numpy as np

from chainercv_seg.engines.cuda import device
from chainercv_seg.engines.cuda.choice import choose
from chainercv_seg.engines.cuda.engine import CUDAEngine
from chainercv_seg.engines.cuda.plan_table import PlanTable
from tests.engines.cuda.host_kernels import RawModule


def memory(address, nbytes):
    """Bytes of this process as an array."""
    return np.frombuffer((ctypes.c_ubyte * nbytes).from_address(address), np.uint8)


class NumPyPlan:
    """Convolves maps whose channels are last, each image as if it were alone."""

    name, workspace = 'NumPy', 192

    def __init__(self, problem):
        assert problem.kind == 'forward'
        assert problem.channels_last
        assert problem.x[1] % 4 == problem.kernel[0] % 4 == 0
        assert problem.x[1] == problem.kernel[1]
        self.problem = problem

    def __call__(self, first, second, result, workspace):
        memory(workspace, self.workspace)[:] = 255  # nothing else may be there
        p = self.problem
        N, C, H, W = p.x
        O, _, kh, kw = p.kernel
        dtype = np.float16 if p.precision == 'float16' else np.float32
        x, kernel, y = (
            memory(address, nbytes).view(dtype)
            for address, nbytes in zip((first, second, result), p.nbytes, strict=True)
        )
        x, kernel = seen(x, p.precision), seen(kernel, p.precision)
        x = np.pad(x.reshape(N, H, W, C), ((0, 0), *((n, n) for n in p.pad), (0, 0)))
        _, _, h, w = p.y
        (sy, sx), (dy, dx) = p.stride, p.dilate
        matrix = kernel.reshape(O, -1).T
        y = y.reshape(N, h * w, O)
        for image in range(N):
            _, row, column, channel = x.strides
            patches = np.lib.stride_tricks.as_strided(
                x[image], (h, w, kh, kw, C), (sy * row, sx * column, dy * row, dx * column, channel)
            )
            with np.errstate(over='ignore', invalid='ignore'):
                y[image] = patches.reshape(h * w, -1) @ matrix


def seen(numbers, precision):
    """What products see of numbers, which are added up in float32."""
    if precision == 'tf32':
        numbers = (numbers.view(np.uint32) & np.uint32(0xFFFFE000)).view(np.float32)
    return numbers.astype(np.float32)


class Proposals:
    refusal = ''

    def __init__(self, problem):
        self.plan = NumPyPlan(problem)

    def __iter__(self):
        return iter([self.plan])

    def named(self, name):
        return self.plan if name == self.plan.name else None

    def like(self, plan):
        return self.named(plan.name)


class HostGPU:
    """See `chainercv_seg.engines.cuda.device.GPU`."""

    blocks = 3  # so few that kernels go through numbers in several rounds

    def __init__(self, number=0, *, half=False, table=None, same_bits=True, tf32=True):
        self.number, self.half, self.same_bits, self.tf32 = number, half, same_bits, tf32
        self.table = table or PlanTable('NumPy')
        self.captured = self.launched = 0
        self.capturing = False
        self.sent = []

    @contextmanager
    def current(self):
        yield

    def agreeing(self):
        return nullcontext()

    def recipe(self):
        return HostGPU, {'number': self.number, 'half': self.half, 'table': self.table}

    @cached_property
    def module(self):
        options = ('-DHALF',) if self.half else ()
        return RawModule(code=device.source(), options=options, backend='nvrtc')

    def function(self, name):
        return self.module.get_function(name)

    def plan(self, problem):
        assert not self.capturing
        return choose(
            problem,
            Proposals,
            self.table,
            seconds=lambda problem, plan: 1.0,
            same_bits=lambda problem, batch, alone: self.same_bits,
        )

    def follow(self):
        pass

    def upload(self, array):
        return np.array(array)

    download = upload

    def pointer(self, array):
        assert array.flags.c_contiguous
        return array.ctypes.data

    def address(self, array):
        return array.__array_interface__['data'][0]

    def send(self, array):
        self.sent.append(array.dtype)
        return array.copy()

    def fetch(self, labels, flag):
        labels, flag = labels.copy(), flag is not None and bool(flag[0])
        return lambda: (labels, flag)

    def empty(self, shape, dtype):
        assert not self.capturing
        array = np.empty(shape, dtype)
        array.reshape(-1).view(np.uint8)[:] = 255  # NaN, where nobody writes
        return array

    def contiguous(self, x):
        return np.ascontiguousarray(x)

    def copy(self, target, source, nbytes):
        memory(target, nbytes)[:] = memory(source, nbytes)

    def synchronize(self):
        pass

    def mark(self):
        return 'mark'

    def wait(self, mark):
        assert mark == 'mark'

    def capture(self, run):
        self.captured += 1

        def launch():
            self.launched += 1
            self.capturing = True
            try:
                run()
            finally:
                self.capturing = False

        return launch


class HostEngine(CUDAEngine):
    """The engine on such a GPU."""

    def __init__(self, **options):
        super().__init__(0)
        self.options = options

    def open(self, *, half):
        return HostGPU(half=half, **self.options)
