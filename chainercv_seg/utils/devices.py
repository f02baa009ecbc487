"""Whether a GPU can be used, and if not, why."""

from typing import Any

from chainercv_seg.utils.errors import DeviceError
from chainercv_seg.utils.extras import require_extra

_EXTRAS = "pip install 'chainercv_seg[cuda12]' (CUDA 12) or 'chainercv_seg[cuda13]' (CUDA 13)"


def check_gpu(gpu: int) -> None:
    """Check that a GPU can be used.

    Args:
        gpu: Its number, from 0 on.

    Raises:
        DeviceError: CuPy is not installed or does not load, there is no driver, or no such device.
        MissingExtraError: Chainer is not installed.
    """
    require_extra('chainer', extra='chainer', purpose='A network')
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
