"""Networks for other programs: as graphs of ONNX, for PyTorch, with all that belongs to them."""

from importlib import import_module
from typing import Any

from chainercv_seg.utils.extras import require_extra

require_extra('chainer', extra='chainer', purpose='chainercv_seg.export')

#: The functions, each in a module that needs packages of its own.
_FUNCTIONS = {'write_onnx': 'chainercv_seg.export.onnx_model'}

__all__ = ['write_onnx']


def __getattr__(name: str) -> Any:
    """Find a function. It raises ImportError, with what to install, where its packages are missing."""
    if name in _FUNCTIONS:
        return getattr(import_module(_FUNCTIONS[name]), name)
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
