"""Machine code on disk where the disk allows it, else in memory. Needs numba."""

import hashlib
import logging
import os
from functools import cache
from pathlib import Path
from typing import Any

from numba.core import caching
from numba.misc.appdirs import AppDirs

_logger = logging.getLogger(__name__)


@cache
def _say_once() -> None:
    """Say, once a process, that kernels are not kept. Without logging set up, on standard error."""
    _logger.warning(
        'compiled kernels cannot be kept on disk, so that each process compiles its own: set '
        'NUMBA_CACHE_DIR to a folder that can be written and has space'
    )


@cache
def _sources() -> str:
    """The hash of all files of the engine: kernels call parts and intrinsics of other files."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob('*.py')):
        digest.update(path.read_bytes())
    return digest.hexdigest()


class _Stamped:
    """Machine code is good for the sources that it was made of, all of them."""

    def get_source_stamp(self) -> Any:
        """The sources, in a form that can be compared."""
        return super().get_source_stamp(), _sources()  # type: ignore[misc]  # numba's


class _Given(_Stamped, caching.UserProvidedCacheLocator):
    """The folder that ``NUMBA_CACHE_DIR`` names."""


class _Home(_Stamped, caching.UserWideCacheLocator):
    """The user's cache folder, where it can be told: not the folder ``~`` in the current one."""

    def __init__(self, py_func: Any, py_file: str) -> None:
        super().__init__(py_func, py_file)
        self._cache_path = os.path.join(_home(), self.get_suitable_cache_subpath(py_file))

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> Any:
        """Find the folder; None where there is none."""
        return super().from_function(py_func, py_file) if os.path.isabs(_home()) else None


def _home() -> str:
    return AppDirs(appname='chainercv_seg', appauthor=False).user_cache_dir


class _Implementation(caching.CompileResultCacheImpl):
    # Not numba's own, which keeps files in the package's folders, where uninstalling leaves them.
    _locator_classes = [_Given, _Home]  # noqa: RUF012  numba's name, which it only reads


class _KernelCache(caching.FunctionCache):
    """numba's cache, in which files that are damaged or cannot be written stop nothing."""

    _impl_class = _Implementation

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Load machine code; None where there is none, or none that can be read."""
        try:
            return super().load_overload(sig, target_context)
        except Exception as error:  # what unpickling a damaged file raises may be anything
            _logger.info('%s is compiled anew, since its file is damaged: %r', self._name, error)
        try:
            self.flush()
        except OSError:
            self._give_up()
        return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Save machine code, if it can be."""
        try:
            super().save_overload(sig, data)
        except OSError:
            self._give_up()

    def _give_up(self) -> None:
        self.disable()
        _say_once()


def folder(kernel: Any) -> str | None:
    """Return where a kernel's machine code is kept; None where it is not."""
    cache = kernel._cache
    return cache.cache_path if getattr(cache, '_enabled', False) else None


def keep(kernel: Any) -> None:
    """Let a kernel of numba's keep its machine code on disk.

    It lies under ``NUMBA_CACHE_DIR``, else under ``chainercv_seg`` in the user's cache folder
    (``~/.cache`` on Linux), never in the package, and is compiled anew once any source of the engine
    has changed. Where the folder cannot be written, one line says so, and the code stays in memory.

    Args:
        kernel: What ``numba.njit`` made.
    """
    try:
        kernel._cache = _KernelCache(kernel.py_func)
    except RuntimeError:  # numba's, where no folder will do
        _say_once()
