"""The libraries that the engine needs, imported when they are first used."""

from types import ModuleType

from chainercv_seg.utils.errors import DeviceError
from chainercv_seg.utils.extras import install_command


def frontend() -> ModuleType:
    """Import cuDNN's frontend, ``nvidia-cudnn-frontend``.

    Raises:
        DeviceError: It is not installed, or does not load.
    """
    try:
        import cudnn
    except ImportError as error:
        raise DeviceError(
            f'a network on a GPU needs the frontend of cuDNN, which does not load: {error}. '
            f'Install it with: {install_command("cuda12")} (for CUDA 13, cuda13 in the place of cuda12)'
        ) from error
    return cudnn


def cupy() -> ModuleType:
    """Import CuPy.

    Raises:
        DeviceError: It is not installed, or does not load.
    """
    try:
        import cupy
    except ImportError as error:
        raise DeviceError(
            f'a network on a GPU needs CuPy, which does not load: {error}. '
            f'Install it with: {install_command("cuda12")} (for CUDA 13, cuda13 in the place of cuda12)'
        ) from error
    return cupy
