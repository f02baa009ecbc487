"""CuPy's bindings of libraries that may be missing, imported without its long warnings of that."""

import importlib
import warnings
from types import ModuleType


def bindings(library: str) -> ModuleType:
    """Import the bindings of a library.

    Args:
        library: ``'cudnn'`` or ``'nccl'``.

    Raises:
        ImportError: This CuPy has none.
    """
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        return importlib.import_module(f'cupy.cuda.{library}')
