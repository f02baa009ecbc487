"""Whether a GPU can be used, and if not, why."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chainercv_seg.utils.errors import DeviceError
from chainercv_seg.utils.extras import install_command, require_extra

_EXTRAS = f'{install_command("cuda12")} (for CUDA 13, cuda13 in the place of cuda12)'


def check_gpu(gpu: int) -> None:
    """Check that a GPU can be used.

    Args:
        gpu: Its number, from 0 on.

    Raises:
        DeviceError: CuPy is not installed or does not load, there is no driver, no such device, or
            a library is missing.
        MissingExtraError: Chainer is not installed.
    """
    chainer = require_extra('chainer', extra='chainer', purpose='A network')
    try:
        import cupy
    except ModuleNotFoundError as error:
        raise DeviceError(
            f'GPU {gpu} needs CuPy, which is not installed. Install it with: {_EXTRAS}'
        ) from error
    except ImportError as error:
        first_line = str(error).strip().partition('\n')[0]
        raise DeviceError(f'GPU {gpu} needs CuPy, which does not load: {first_line}') from error
    try:
        count = cupy.cuda.runtime.getDeviceCount()
    except cupy.cuda.runtime.CUDARuntimeError as error:
        raise DeviceError(f'GPU {gpu} cannot be used: {error}') from error
    if gpu >= count:
        raise DeviceError(f'GPU {gpu} was asked for, but there are {count}, numbered from 0')
    if not chainer.backends.cuda.available:
        reason = str(chainer.backends.cuda._resolution_error).strip().partition('\n')[0]
        raise DeviceError(f'GPU {gpu} cannot be used: Chainer does not get on with CuPy: {reason}')


@contextmanager
def without_cupy() -> Iterator[None]:
    """Import Chainer as if CuPy were not installed, for a process that only computes on the CPU.

    That saves what importing CuPy costs. Where CuPy is already imported nothing is done.
    """
    if 'cupy' in sys.modules:
        yield
        return
    sys.modules['cupy'] = None  # type: ignore[assignment]  # Python's way to forbid an import
    try:
        yield
    finally:
        del sys.modules['cupy']


def device_memory_errors() -> tuple[type[BaseException], ...]:
    """Tell what is raised where the memory of a GPU is not enough; nothing without CuPy."""
    cupy = sys.modules.get('cupy')
    return () if cupy is None else (cupy.cuda.memory.OutOfMemoryError,)


def to_device(link: Any, gpu: int) -> None:
    """Move a network to a GPU and make that GPU the current one.

    Args:
        link: A Chainer link.
        gpu: Number of the GPU; a negative one leaves the network on the CPU.

    Raises:
        DeviceError: As :func:`check_gpu` does.
    """
    if gpu < 0:
        return
    check_gpu(gpu)
    import chainer

    chainer.backends.cuda.get_device_from_id(gpu).use()
    link.to_gpu()
