"""The engine for NVIDIA's GPUs."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from chainercv_seg.engines.cuda.analysis import Analysis
from chainercv_seg.engines.cuda.device import GPU, kind_of_gpu
from chainercv_seg.engines.cuda.libraries import frontend
from chainercv_seg.engines.cuda.plan_cache import load_table
from chainercv_seg.engines.cuda.runner import CUDARunner
from chainercv_seg.engines.cuda.weights import prepare_weights
from chainercv_seg.engines.engine import DEFAULT_PRECISION
from chainercv_seg.engines.program import Program


class CUDAEngine:
    """Computes programs by cuDNN and kernels of its own, maps channels last.

    Args:
        device: Number of the GPU.
    """

    name = 'cuda'
    tolerance: Mapping[str, float] = MappingProxyType(
        {'float32': 5e-5, 'tf32': 5e-3, 'float16': 1e-2}
    )

    def __init__(self, device: int = 0) -> None:
        self.device = device

    def compile(self, program: Program, *, precision: str = DEFAULT_PRECISION) -> CUDARunner:
        """Bring the weights to the GPU as its kernels read them.

        Args:
            program: The network.
            precision: A key of `tolerance`.

        Raises:
            ValueError: It is another one, or the GPU does not compute in it.
            DeviceError: CuPy, cuDNN or its frontend is missing.
            PrecisionError: The weights do not fit into half precision.
        """
        if precision not in self.tolerance:
            raise ValueError(f'a GPU computes in {", ".join(self.tolerance)}, not in {precision!r}')
        gpu = self.open(half=precision == 'float16')
        if precision == 'tf32' and not gpu.tf32:
            raise ValueError(f'GPU {self.device} is older than TF32: compute in float32 or float16')
        analysis = Analysis(program, precision, parts=gpu.tf32)
        with gpu.current():
            weights = prepare_weights(analysis, gpu.upload)
            gpu.synchronize()
            return CUDARunner(analysis.without_weights(), weights, gpu)

    def check_processor(self, precision: str) -> None:
        """Check that what computes is installed.

        Raises:
            DeviceError: CuPy, cuDNN or its frontend is missing.
        """
        frontend()

    def open(self, *, half: bool) -> Any:
        """Open the GPU for a runner.

        Args:
            half: Whether maps are of half precision.

        Raises:
            DeviceError: CuPy, cuDNN or its frontend is missing.
        """
        return GPU(self.device, half=half, table=load_table(kind_of_gpu(self.device)))
