"""Engines and prepared networks on the GPU, or on the one that is none where the tests run without."""

from chainercv_seg.engines.cuda.engine import CUDAEngine
from chainercv_seg.prepared import optimize
from chainercv_seg.prepared.program_of import program_of
from chainercv_seg.utils.devices import to_device
from tests.engines.cuda.host_gpu import HostEngine
from tests.gpu.conftest import GPU
from tests.prepared.on_host import prepare

# isort: split
from chainer.backends.cuda import to_cpu


class OnGPU:
    """An engine that takes arrays of NumPy and gives such."""

    tolerance = CUDAEngine.tolerance

    def compile(self, program, *, precision='float32'):
        engine = CUDAEngine(GPU) if GPU >= 0 else HostEngine()
        return Runner(engine.compile(program, precision=precision))


class Runner:
    def __init__(self, runner):
        self.runner = runner

    def __call__(self, x):
        if GPU >= 0:
            import cupy

            with cupy.cuda.Device(GPU):
                x = cupy.asarray(x)
        return to_cpu(self.runner(x))

    def __getattr__(self, name):
        return getattr(self.runner, name)


def optimized(link, precision='float32'):
    """Move a link to the GPU and prepare it there; the link is left there."""
    if GPU >= 0:
        to_device(link, GPU)
        return optimize(link, precision=precision)
    return prepare(link, program_of(link)[0], precision)
