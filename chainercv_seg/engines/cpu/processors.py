"""Kinds of processors, as the kernels are made for them."""

from chainercv_seg.engines.cpu.compiled import COMPILED
from chainercv_seg.utils.errors import DeviceError
from chainercv_seg.utils.extras import install_command


def _features() -> frozenset[str]:
    """What LLVM calls the instruction sets that kernels are compiled for; none without numba."""
    if not COMPILED:
        return frozenset()
    from llvmlite import binding
    from numba import config

    features = config.CPU_FEATURES
    if features is None:
        features = binding.get_host_cpu_features().flatten()
    return frozenset(name[1:] for name in features.split(',') if name.startswith('+'))


#: LLVM's names of the instruction sets that kernels are compiled for.
FEATURES: frozenset[str] = _features()


def require_bfloat16() -> None:
    """Check that kernels of bfloat16 run here.

    Raises:
        DeviceError: They do not.
    """
    if not COMPILED:
        raise DeviceError(
            'bfloat16 on the CPU needs numba, which is not installed: '
            f'{install_command("fast")}, or use float32'
        )
    if 'avx512bf16' not in FEATURES:
        raise DeviceError(
            'this processor does not compute in bfloat16 (it lacks AVX512_BF16): use float32'
        )
