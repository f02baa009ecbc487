"""Optional dependencies: what to install when one is missing."""

import importlib
from types import ModuleType

from chainercv_seg.utils.errors import MissingExtraError

#: Works with pip before 25.3 (which reads the first variable when it builds) and after (the second).
#: Chainer's source package does not build with setuptools 81 or newer.
INSTALL_CHAINER = (
    "echo 'setuptools<81' > build-constraint.txt && "
    'PIP_CONSTRAINT=build-constraint.txt PIP_BUILD_CONSTRAINT=build-constraint.txt '
    "pip install 'chainercv_seg[chainer]'"
)


def require_extra(module: str, *, extra: str, purpose: str) -> ModuleType:
    """Import an optional dependency.

    Args:
        module: Name of the module, for example ``'chainer'``.
        extra: The extra of this package that brings it.
        purpose: What needs it, the subject of the error's first sentence.

    Returns:
        The imported module.

    Raises:
        MissingExtraError: The module is not installed. The message holds the whole command that
            installs it.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition('.')[0] != module.partition('.')[0]:
            raise
        command = INSTALL_CHAINER if extra == 'chainer' else f"pip install 'chainercv_seg[{extra}]'"
        raise MissingExtraError(
            f'{purpose} needs {module}, which is not installed. Install it with: {command}'
        ) from error
