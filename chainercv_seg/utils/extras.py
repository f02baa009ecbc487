"""Optional dependencies: what to install when one is missing."""

import importlib
from types import ModuleType

from chainercv_seg.utils.errors import MissingExtraError

#: Chainer's source package does not build with setuptools 81 or newer. pip before 25.3 reads the first
#: variable when it builds, pip from 25.3 on the second.
_FOR_CHAINER = (
    "echo 'setuptools<81' > build-constraint.txt && "
    'PIP_CONSTRAINT=build-constraint.txt PIP_BUILD_CONSTRAINT=build-constraint.txt '
)


def install_command(extra: str) -> str:
    """Say what installs an extra of this package, in a clone and elsewhere.

    Args:
        extra: Name of the extra.

    Returns:
        Part of a sentence.
    """
    commands = [
        f"{_FOR_CHAINER if extra == 'chainer' else ''}pip install '{package}[{extra}]'"
        for package in ('.', 'chainercv_seg')
    ]
    return f'{commands[0]} in a clone of the repository, else {commands[1]}'


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
        raise MissingExtraError(
            f'{purpose} needs {module}, which is not installed. Install it with: '
            f'{install_command(extra)}'
        ) from error
