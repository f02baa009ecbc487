"""Which engine computes on a device, and what it knows."""

from typing import Any

from chainercv_seg.engines.cpu.engine import CPUEngine
from chainercv_seg.engines.engine import DEFAULT_PRECISION, Engine


def engine_on(device: Any, precision: str = DEFAULT_PRECISION) -> Engine:
    """Choose the engine for one of Chainer's devices.

    Args:
        device: The device.
        precision: What it shall compute in.

    Raises:
        ValueError: There is no engine for the device, or it does not know the precision.
        DeviceError: What the engine needs is not installed, or the device lacks it.
    """
    engine = _engine(device)
    check_precision(engine, precision)
    engine.check_processor(precision)
    return engine


def check_precision(engine: Engine, precision: str) -> None:
    """Check that an engine knows a precision.

    Raises:
        ValueError: It does not. The message lists those that it knows.
    """
    if precision not in engine.tolerance:
        where = {'cpu': 'the CPU', 'cuda': 'a GPU'}.get(engine.name, engine.name)
        raise ValueError(
            f'precision must be one that {where} computes in, {", ".join(engine.tolerance)}, but is '
            f'{precision!r}'
        )


def _engine(device: Any) -> Engine:
    if device.name == '@numpy':
        return CPUEngine()
    if device.name.startswith('@cupy:'):
        from chainercv_seg.engines.cuda.engine import CUDAEngine

        return CUDAEngine(device.device.id)
    raise ValueError(
        f'expected a network on the CPU (@numpy) or a GPU (@cupy), found one on {device.name}: call to_cpu'
    )
