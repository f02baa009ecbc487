"""The libraries that the engine needs, imported when they are first used."""

import ctypes
import importlib
from functools import cache
from types import ModuleType

from chainercv_seg.utils.errors import DeviceError
from chainercv_seg.utils.extras import install_command

_INSTALL = (
    f'Install it with: {install_command("cuda12")} (for CUDA 13, cuda13 in the place of cuda12)'
)
#: What a broken or incomplete installation raises: the frontend asserts that there is one cuDNN.
_UNUSABLE = (ImportError, OSError, RuntimeError, AssertionError)


@cache
def frontend() -> ModuleType:
    """Import cuDNN's frontend, ``nvidia-cudnn-frontend``, and the libraries that it asks for.

    Raises:
        DeviceError: One of them is not installed, or does not load. The message holds the remedy.
    """
    try:
        _load_runtime()
        cudnn = importlib.import_module('cudnn')
    except _UNUSABLE as error:
        raise DeviceError(
            f"a network on a GPU needs cuDNN's frontend, which does not load: {_first_line(error)}. "
            f'{_INSTALL}'
        ) from error
    try:
        cudnn.backend_version()
    except _UNUSABLE as error:
        raise DeviceError(
            f'a network on a GPU needs cuDNN, which does not load: {_first_line(error)}. {_INSTALL}'
        ) from error
    return cudnn


def cupy() -> ModuleType:
    """Import CuPy.

    Raises:
        DeviceError: It is not installed, or does not load.
    """
    try:
        return importlib.import_module('cupy')
    except ImportError as error:
        raise DeviceError(
            f'a network on a GPU needs CuPy, which does not load: {_first_line(error)}. {_INSTALL}'
        ) from error


def _load_runtime() -> None:
    """Load the CUDA runtime and cuDNN where CuPy's libraries are, so that the frontend finds them by name.

    CuPy has a runtime inside it that others do not see, and the frontend looks for cuDNN in one folder only.
    What is not found here may still be on the system's path: the frontend looks there.
    """
    major = cupy().cuda.runtime.runtimeGetVersion() // 1000
    for library, name in (('cudart', f'libcudart.so.{major}'), ('cudnn', 'libcudnn.so.9')):
        try:
            ctypes.CDLL(name, ctypes.RTLD_GLOBAL)  # it is loaded already, or on the path
        except OSError:
            _load_from_packages(library)


def _load_from_packages(library: str) -> None:
    """Load a library from NVIDIA's packages in the environment, if it is there."""
    try:
        pathfinder = importlib.import_module('cuda.pathfinder')
    except ImportError:  # it comes with CuPy 14
        return
    try:
        pathfinder.load_nvidia_dynamic_lib(library)
    except (RuntimeError, ValueError):  # it is not there, or not known
        return


def _first_line(error: BaseException) -> str:
    """What went wrong, as far as it fits into a line."""
    return str(error).strip().partition('\n')[0] or type(error).__name__
